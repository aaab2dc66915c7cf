import { spawn, type ChildProcess } from 'node:child_process'
import { copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { usageSampler, type Usage } from './process-usage.ts'
import { waitFor } from '../wait-for.ts'
import { signalGroup, signalPid } from '../../../../../tests/support/signals.ts'

let folder: string
let children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-usage-'))
})
afterEach(async () => {
  // Each child has its own process group, so its children end with it.
  for (const { pid } of children.splice(0)) if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function started(file: string, args: readonly string[], env: Record<string, string> = {}): number {
  const child = spawn(file, [...args], {
    stdio: 'ignore',
    detached: true,
    env: { PATH: '/usr/bin:/bin', ...env },
  })
  children.push(child)
  if (child.pid === undefined) throw new Error(`${file} was not started`)
  return child.pid
}
const node = (script: string) => started(process.execPath, ['-e', script])

async function usageOf(pid: number, sampler = usageSampler()): Promise<Usage> {
  const usage = (await sampler.sample([pid])).get(pid)
  if (!usage) throw new Error(`process ${pid} has no usage`)
  return usage
}

/** Samples until the usage satisfies the condition. */
async function usageWhere(pid: number, isWanted: (usage: Usage) => boolean): Promise<Usage> {
  const sampler = usageSampler()
  const found = await waitFor(
    async () => {
      const usage = (await usageSampler().sample([pid])).get(pid)
      return usage !== undefined && isWanted(usage) && usage
    },
    { timeoutMs: patienceMs, everyMs: 100 },
  )
  return found ?? usageOf(pid, sampler)
}

/** Waits for the number that a process writes into a file. */
async function pidIn(path: string): Promise<number> {
  const read = async () => Number(await readFile(path, 'utf8').catch(() => 0)) || null
  const pid = await waitFor(read, { timeoutMs: patienceMs })
  if (pid === null) throw new Error(`no number in ${path}`)
  return pid
}

test('memory is the resident memory, and the first sample has no CPU value', async () => {
  const usage = await usageOf(process.pid)
  const { rss } = process.memoryUsage()
  expect(usage.memoryBytes / rss).toBeGreaterThan(0.5)
  expect(usage.memoryBytes / rss).toBeLessThan(2)
  expect(usage.cpu).toBeNull()
})

test('a process that works all the time uses about one core, one that waits uses none', async () => {
  const busy = node('for (const end = Date.now() + 60_000; Date.now() < end; );')
  const idle = started('/bin/sleep', ['60'])
  const sampler = usageSampler()
  await sampler.sample([busy, idle])
  const before = performance.now()
  await waitFor(() => performance.now() - before > 1_500, { timeoutMs: 5_000 })
  const usage = await sampler.sample([busy, idle])
  // Other programs use the same cores, so the process may get less than a whole core.
  expect(usage.get(busy)?.cpu).toBeGreaterThan(0.03)
  expect(usage.get(busy)?.cpu).toBeLessThan(1.2)
  expect(usage.get(idle)?.cpu).toBe(0)
})

test('memory, time and handles of the whole tree count, even of a child in its own session', async () => {
  const small = await usageWhere(started('/bin/sleep', ['60']), (usage) => usage.memoryBytes > 0)
  // It ends with its parent, which has the other end of its input.
  const child = `process.stdin.resume().once('end', () => process.exit()); globalThis.kept = Buffer.alloc(60e6, 1)`
  const script = `
    const { spawn } = require('node:child_process')
    spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    setTimeout(() => {}, 1e6)`
  const tree = await usageWhere(node(script), (usage) => usage.memoryBytes > 120e6)
  expect(tree.memoryBytes).toBeGreaterThan(120e6)
  expect(tree.openFiles ?? 0).toBeGreaterThan((small.openFiles ?? 0) * 2)
})

test('a daemon that left its parent, group and session still counts because of the marker in its environment', async () => {
  const marker = { VITRINE_INSTANCE: `usage-${process.pid}-r1-1`, VITRINE_RELEASE_FILE: folder }
  const keep = 'globalThis.kept = Buffer.alloc(50e6, 1); setTimeout(() => {}, 1e6)'
  const script = '(setsid "$0" -e "$1" & echo $! > "$2"); exec sleep 60'
  const path = join(folder, 'pid')
  const pid = started('/bin/sh', ['-c', script, process.execPath, keep, path], marker)
  const { memoryBytes } = await usageWhere(pid, (usage) => usage.memoryBytes > 60e6)
  signalPid(await pidIn(path), 'SIGKILL')
  expect(memoryBytes).toBeGreaterThan(60e6)
})

test('if both a process and its descendant are asked for, nothing is counted twice', async () => {
  const above = started('/bin/sh', ['-c', 'sleep 60 & echo $! > "$0"; wait', join(folder, 'pid')])
  const below = await pidIn(join(folder, 'pid'))
  const sampler = usageSampler()
  const alone = (await sampler.sample([above])).get(above)
  const both = await sampler.sample([above, below])
  expect(both.get(below)?.memoryBytes).toBeGreaterThan(0)
  expect(both.get(above)?.memoryBytes).toBeLessThan(alone?.memoryBytes ?? 0)
})

test('handles are counted at every third sample, and at once for a new process', async () => {
  const sampler = usageSampler()
  const ask = async () => (await sampler.sample([process.pid])).get(process.pid)?.openFiles ?? 0
  const before = await ask()
  const files = await Promise.all(Array.from({ length: 20 }, () => open('/dev/null')))
  const counts = [await ask(), await ask(), await ask()]
  for (const file of files) await file.close()
  expect(counts.slice(0, 2)).toEqual([before, before])
  expect(counts[2]).toBeGreaterThanOrEqual(before + 15)
  const sleeper = started('/bin/sleep', ['60'])
  expect((await sampler.sample([sleeper])).get(sleeper)?.openFiles).toBeGreaterThan(0)
})

test('open handles are counted', async () => {
  const before = await usageOf(process.pid)
  const files = await Promise.all(Array.from({ length: 20 }, () => open('/dev/null')))
  const during = await usageOf(process.pid)
  for (const file of files) await file.close()
  expect((during.openFiles ?? 0) - (before.openFiles ?? 0)).toBeGreaterThanOrEqual(15)
})

test('a process name with brackets and blanks does not confuse the fields', async () => {
  const file = join(folder, 'a) 1 (2')
  await copyFile('/bin/sleep', file)
  const { memoryBytes } = await usageWhere(started(file, ['60']), (usage) => usage.memoryBytes > 100_000)
  expect(memoryBytes).toBeGreaterThan(100_000)
  expect(memoryBytes).toBeLessThan(100_000_000)
})

test('a process that has ended is left out', async () => {
  const sleeper = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => sleeper.once('exit', resolve))
  sleeper.kill('SIGKILL')
  await ended
  expect((await usageSampler().sample([sleeper.pid ?? 0, process.pid])).size).toBe(1)
})
