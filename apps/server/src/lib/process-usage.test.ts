import { spawn, type ChildProcess } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleUsage, type Usage } from './process-usage.ts'

let folder: string
let child: ChildProcess | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-usage-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  child = null
  await rm(folder, { recursive: true, force: true })
})

const none = new Map<number, Usage>()
async function ownUsage(before: ReadonlyMap<number, Usage> = none): Promise<Usage> {
  const usage = (await sampleUsage([process.pid], before)).get(process.pid)
  if (!usage) throw new Error('this process has no usage')
  return usage
}

test('memory is what the process has in memory, and the first sample knows no share of a core', async () => {
  const usage = await ownUsage()
  const { rss } = process.memoryUsage()
  expect(usage.memoryBytes / rss).toBeGreaterThan(0.5)
  expect(usage.memoryBytes / rss).toBeLessThan(2)
  expect(usage.cpu).toBeNull()
})

test('the share of a core is the CPU time since the sample before, by the time that has passed', async () => {
  const now = await ownUsage()
  const before = { ...now, cpuTicks: now.cpuTicks - 50, sampledAt: performance.now() - 1_000 }
  const { cpu } = await ownUsage(new Map([[process.pid, before]]))
  expect(cpu).toBeGreaterThanOrEqual(0.45)
  expect(cpu).toBeLessThan(1)
})

test('a name with brackets and blanks, which stands in the middle of what the kernel tells, does not mislead', async () => {
  const file = join(folder, 'a) 1 (2')
  await copyFile('/bin/sleep', file)
  const sleeper = spawn(file, ['60'], { stdio: 'ignore' })
  child = sleeper
  const pid = sleeper.pid ?? 0
  await new Promise((resolve) => sleeper.once('spawn', resolve))
  await expect
    .poll(async () => (await sampleUsage([pid], none)).get(pid)?.memoryBytes)
    .toSatisfy((bytes: number) => bytes > 100_000 && bytes < 100_000_000)
})

test('a process that has ended is left out', async () => {
  const sleeper = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
  child = sleeper
  const ended = new Promise((resolve) => sleeper.once('exit', resolve))
  sleeper.kill('SIGKILL')
  await ended
  expect((await sampleUsage([sleeper.pid ?? 0, process.pid], none)).size).toBe(1)
})
