import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../../lib/run-command.ts'
import { enterCommands, enterGroup } from './cgroup-files.ts'
import { cgroupV1 } from './cgroup-v1.ts'
import { cgroupV2 } from './cgroup-v2.ts'

let parent: string
beforeEach(async () => {
  parent = join(await mkdtemp(join(tmpdir(), 'vitrine-cgroup-')), "it's a group")
  await mkdir(parent)
})
afterEach(() => rm(join(parent, '..'), { recursive: true }))

const limits = { memory_mb: 64, cpu: 0.25, processes: 20, open_files: 100 }
const read = (name: string) => readFile(join(parent, 'demo-r1-1', name), 'utf8')
/** Creates a group with its files, as the kernel does. */
async function made(files: Record<string, string>) {
  await mkdir(join(parent, 'demo-r1-1'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(parent, 'demo-r1-1', name), text)
}

describe('a cgroup of version 2', () => {
  const driver = () => cgroupV2(['memory', 'cpu', 'pids'], parent)

  test('limits memory without swap, CPU time and processes in one group, which is killed as a whole', async () => {
    await made({ 'memory.swap.max': 'max', 'memory.oom.group': '0' })
    const group = driver().groupOf('demo-r1-1', limits)
    if (!group) throw new Error('no group')
    await enterGroup(group, 4711)
    expect(await read('memory.max')).toBe(String(64 * 1024 * 1024))
    expect(await read('memory.swap.max')).toBe('0')
    expect(await read('memory.oom.group')).toBe('1')
    expect(await read('cpu.max')).toBe('25000 100000')
    expect(await read('pids.max')).toBe('20')
    expect(await read('cgroup.procs')).toBe('4711')
  })

  test('contains only the given limits, and does not exist without any', () => {
    expect(driver().groupOf('demo-r1-1', { cpu: 0.001 })?.writes).toEqual([
      { file: 'cpu.max', value: '1000 100000' },
    ])
    expect(driver().groupOf('demo-r1-1', { open_files: 100 })).toBeNull()
  })

  test.each([
    ['killed at its limit', 'low 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n', 2],
    ['killed because the machine had no more', 'low 0\nmax 0\noom 0\noom_kill 1\n', 0],
    ['never killed', 'low 0\nmax 5\noom 0\noom_kill 0\n', 0],
  ])('counts kills only of processes %s', async (_name, events, kills) => {
    await made({ 'memory.events': events })
    expect(await driver().memoryKills('demo-r1-1')).toBe(kills)
  })

  test('has no kills if there is no group', async () => {
    expect(await driver().memoryKills('demo-r2-1')).toBe(0)
  })
})

describe('cgroups of version 1', () => {
  test('limit memory and swap together, and remove the limit before memory is set', () => {
    const value = String(64 * 1024 * 1024)
    expect(cgroupV1('memory', parent).groupOf('demo-r1-1', limits)?.writes).toEqual([
      { file: 'memory.memsw.limit_in_bytes', value: '-1', ifThere: true },
      { file: 'memory.limit_in_bytes', value },
      { file: 'memory.memsw.limit_in_bytes', value, ifThere: true },
    ])
  })

  test('limit CPU time by a quota for each period, and the number of processes', () => {
    expect(cgroupV1('cpu', parent).groupOf('demo-r1-1', limits)?.writes).toEqual([
      { file: 'cpu.cfs_period_us', value: '100000' },
      { file: 'cpu.cfs_quota_us', value: '25000' },
    ])
    expect(cgroupV1('pids', parent).groupOf('demo-r1-1', limits)?.writes).toEqual([
      { file: 'pids.max', value: '20' },
    ])
  })

  test.each([
    ['killed at its limit', 64 * 1024 * 1024, 2],
    ['killed because the machine had no more', 12 * 1024 * 1024, 0],
  ])('count kills only of processes %s', async (_name, most, kills) => {
    await made({
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'memory.limit_in_bytes': `${64 * 1024 * 1024}\n`,
      'memory.max_usage_in_bytes': `${most}\n`,
    })
    expect(await cgroupV1('memory', parent).memoryKills('demo-r1-1')).toBe(kills)
  })
})

describe('entering a group by a shell', () => {
  const run = (lines: string[]) =>
    runCommand({
      file: '/bin/sh',
      args: ['-c', ['refuse() { exit 126; }', ...lines, 'echo "became $$"'].join('\n')],
      cwd: '/',
      env: {},
    })
  const group = () => {
    const found = cgroupV2(['memory', 'pids'], parent).groupOf('demo-r1-1', limits)
    if (!found) throw new Error('no group')
    return found
  }

  test('creates it, writes the same files, and puts the shell into it', async () => {
    const { stdout, exitCode } = await run(enterCommands(group()))
    expect(exitCode).toBe(0)
    expect((await read('memory.max')).trim()).toBe(String(64 * 1024 * 1024))
    expect((await read('pids.max')).trim()).toBe('20')
    expect(stdout).toEqual([`became ${(await read('cgroup.procs')).trim()}`])
    await expect(read('memory.swap.max')).rejects.toThrow('ENOENT')
  })

  test('ends the shell if a limit cannot be set', async () => {
    await made({ 'pids.max': 'max' })
    await rm(join(parent, 'demo-r1-1', 'pids.max'))
    await mkdir(join(parent, 'demo-r1-1', 'pids.max'))
    await chmod(join(parent, 'demo-r1-1'), 0o555)
    const { stdout, exitCode } = await run(enterCommands(group()))
    expect(exitCode).toBe(126)
    expect(stdout).toEqual([])
    await chmod(join(parent, 'demo-r1-1'), 0o755)
  })
})
