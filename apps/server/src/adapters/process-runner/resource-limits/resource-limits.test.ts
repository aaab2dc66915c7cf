import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathExists } from '../../../lib/path-exists.ts'
import { chooseEnforcement } from './enforcement.ts'
import { examineMachine } from './machine.ts'
import { resourceLimits, type Limiter } from './resource-limits.ts'

const hierarchies = chooseEnforcement(await examineMachine())
const hasGroups = hierarchies.length > 0
const limits = { memory_mb: 64, processes: 20 }

let folder: string
let child: ChildProcess
let limiter: Limiter
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-limits-'))
  child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
  limiter = open()
  await limiter.open(new Set(['demo-r1-1']))
})
afterEach(async () => {
  await endChild()
  await limiter.forget('demo-r1-1')
  await limiter.dispose()
  await rm(folder, { recursive: true })
})

const open = () => resourceLimits({ owner: folder, stateFile: join(folder, 'cgroups.json') })
async function endChild(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe.skipIf(!hasGroups)(
  `the groups of a platform${hasGroups ? '' : ' (skipped: this machine lets us make none)'}`,
  () => {
    test('contain the processes that were put there', async () => {
      await limiter.enter(child.pid ?? 0, { id: 'demo-r1-1', limits })
      expect(await limiter.pids('demo-r1-1')).toEqual([child.pid])
    })

    test('of unknown instances are removed at the next start, those of others stay', async () => {
      await limiter.enter(child.pid ?? 0, { id: 'demo-r1-1', limits })
      const other = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
      await limiter.enter(other.pid ?? 0, { id: 'gone-r1-1', limits })
      const cgroups = await readFile(`/proc/${other.pid}/cgroup`, 'utf8')
      expect(cgroups).toContain('/gone-r1-1')
      const ended = once(other, 'exit')
      other.kill('SIGKILL')
      await ended
      const next = open()
      await next.open(new Set(['demo-r1-1']))
      const name = /vitrine-\w+/.exec(cgroups)?.[0] ?? ''
      for (const { folder: base } of hierarchies)
        expect(await pathExists(join(base, name, 'gone-r1-1'))).toBe(false)
      expect(await next.pids('demo-r1-1')).toEqual([child.pid])
    })

    test('are removed with the last instance, and are not created if nothing is limited', async () => {
      await limiter.enter(child.pid ?? 0, { id: 'demo-r1-1', limits: { open_files: 100 } })
      expect(await limiter.pids('demo-r1-1')).toEqual([])
      await limiter.enter(child.pid ?? 0, { id: 'demo-r1-1', limits })
      const before = await readFile(`/proc/${child.pid}/cgroup`, 'utf8')
      const name = /vitrine-\w+/.exec(before)?.[0] ?? ''
      expect(name).not.toBe('')
      await endChild()
      await limiter.forget('demo-r1-1')
      await limiter.dispose()
      for (const { folder: base } of hierarchies) expect(await pathExists(join(base, name))).toBe(false)
    })
  },
)
