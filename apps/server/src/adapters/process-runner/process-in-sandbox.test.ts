import { describe, expect, test } from 'vitest'
import { endingOf, launchedSpec, withSandboxProcesses } from './process-in-sandbox.ts'
import type { ProcessSpec } from './process-runner.ts'

const sandbox = { read: ['/data/release'], write: ['/data/work'] }
const spec: ProcessSpec = {
  id: 'demo-r1-1',
  file: '/data/release/start.sh',
  args: [],
  cwd: '/data/release',
  env: {},
  stdoutLog: '/data/out',
  stderrLog: '/data/err',
  startSeconds: 1,
  stopGraceMs: 1_000,
  user: null,
  limits: { processes: 30, memory_mb: 64 },
}

describe('a process in a sandbox', () => {
  test.each([
    [137, { exitCode: null, signal: 'SIGKILL' }],
    [139, { exitCode: null, signal: 'SIGSEGV' }],
    [0, { exitCode: 0, signal: null }],
    [3, { exitCode: 3, signal: null }],
    [128, { exitCode: 128, signal: null }],
    [255, { exitCode: 255, signal: null }],
  ])('that bubblewrap reports with %i has ended so', (exitCode, expected) => {
    expect(endingOf({ exitCode, signal: null }, { sandbox })).toEqual(expected)
  })

  test('is not assumed without one: an exit code above 128 is the program’s own', () => {
    expect(endingOf({ exitCode: 137, signal: null }, {})).toEqual({ exitCode: 137, signal: null })
  })

  test('may have as many processes as without one', () => {
    expect(withSandboxProcesses({ ...spec, sandbox })).toEqual({ processes: 33, memory_mb: 64 })
    expect(withSandboxProcesses(spec)).toEqual(spec.limits)
    expect(withSandboxProcesses({ limits: {}, sandbox })).toEqual({})
  })

  test('sees its own folders and those of its limits; one that asks for no sandbox is started as it is', async () => {
    const wrap = async <C>(command: C, view: object): Promise<C> => ({ ...command, env: { view } })
    const status = { state: 'on', said: null, calls: 'filtered', network: 'separate' } as const
    const on = { sandbox: { status, wrap }, limitFolders: ['/sys/a'] }
    expect((await launchedSpec({ ...spec, sandbox }, on)).env).toEqual({
      view: { read: ['/data/release', '/sys/a'], write: ['/data/work'] },
    })
    expect(await launchedSpec(spec, on)).toBe(spec)
  })
})
