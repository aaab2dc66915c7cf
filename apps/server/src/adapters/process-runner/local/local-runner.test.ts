import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { localRunner } from './local-runner.ts'
import type { PortSource } from '../process-runner.ts'
import { limitsWithoutCgroups, processRunnerSuite } from '../process-runner.test-suite.ts'
import { noSandbox } from '../../../lib/sandbox/sandbox.ts'
import { sandboxHere, skipSandbox } from '../../../lib/sandbox/sandbox.test-setup.ts'
import { testPorts } from '../runner-ports.test-source.ts'
import { testSockets } from '../runner-sockets.test-source.ts'
import { examineMachine } from '../resource-limits/machine.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'

const create = (folder: string, ports: PortSource, examine = examineMachine, sandbox = noSandbox) =>
  localRunner({
    ports,
    sockets: testSockets(folder),
    sandbox,
    folder: join(folder, 'run', 'processes'),
    examine,
    logRotation: usualLogRotation,
    onError: (error) => {
      throw error
    },
  })
const driver = { name: 'local', skip: null, real: true, killEngine: null }
processRunnerSuite({ ...driver, create: (folder, ports) => create(folder, ports) })
processRunnerSuite({
  ...driver,
  name: 'local, in a sandbox',
  skip: skipSandbox,
  isSandboxed: true,
  create: (folder, ports) => create(folder, ports, examineMachine, sandboxHere),
})
limitsWithoutCgroups({ ...driver, create })

test('the log of a process is rotated while the process runs and writes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  const runner = localRunner({
    folder: join(folder, 'processes'),
    ports: testPorts(),
    sockets: testSockets(folder),
    onError: (error) => {
      throw error
    },
    logRotation: { maxBytes: 10_000, backups: 3 },
  })
  const log = join(folder, 'a.log')
  try {
    await runner.open()
    await runner.add([
      {
        id: 'a-r1-1',
        file: process.execPath,
        cwd: folder,
        user: null,
        limits: {},
        args: ['-e', "setInterval(() => console.log('x'.repeat(99)), 5)"],
        env: { VITRINE_INSTANCE: 'a-r1-1' },
        stdoutLog: log,
        stderrLog: join(folder, 'b.log'),
        startSeconds: 1,
        stopGraceMs: 1000,
      },
    ])
    await runner.start('a-r1-1')
    expect(await waitFor(() => pathExists(`${log}.1`), { timeoutMs: patienceMs })).toBe(true)
    const size = async () => (await readFile(log, 'utf8')).length
    const before = await size()
    expect(await waitFor(async () => (await size()) !== before, { timeoutMs: patienceMs })).toBe(true)
    expect((await runner.reports()).get('a-r1-1')).toMatchObject({ state: 'RUNNING', restarts: 0 })
  } finally {
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
})

test('a process that could not be ended is stopped as soon as it has ended, and can be started again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  const errors: unknown[] = []
  const runner = localRunner({
    folder: join(folder, 'processes'),
    ports: testPorts(),
    sockets: testSockets(folder),
    onError: (error) => errors.push(error),
    logRotation: usualLogRotation,
  })
  const id = 'stubborn-r1-1'
  const env = { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id }
  const state = async () => (await runner.reports()).get(id)?.state
  // No process survives KILL at a test's wish, so the signal does not reach it, as if it waited for a disk.
  const send = process.kill.bind(process)
  const kill = vi
    .spyOn(process, 'kill')
    .mockImplementation((pid, signal) => signal === 'SIGKILL' || send(pid, signal))
  try {
    await runner.open()
    const [stdoutLog, stderrLog] = [join(folder, 'a.log'), join(folder, 'b.log')]
    const times = { startSeconds: 0, stopGraceMs: 100 }
    const args = ['-c', "trap '' TERM; echo deaf; exec sleep 600"]
    const program = { file: '/bin/sh', args, cwd: folder, user: null, limits: {} }
    await runner.add([{ id, env, stdoutLog, stderrLog, ...program, ...times }])
    await runner.start(id)
    await expect.poll(() => readFile(stdoutLog, 'utf8'), { timeout: patienceMs }).toContain('deaf')
    await expect(runner.stop(id)).rejects.toMatchObject({ code: 'process.wont_end' })
    expect(await state()).toBe('STOPPING')
    kill.mockRestore()
    await expect.poll(state, { timeout: patienceMs }).toBe('STOPPED')
    await runner.start(id)
    await expect.poll(state, { timeout: patienceMs }).toBe('RUNNING')
  } finally {
    kill.mockRestore()
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
})
