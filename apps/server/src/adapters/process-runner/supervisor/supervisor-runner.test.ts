import { access, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { AppError } from '../../../lib/errors.ts'
import { ifThere } from '../../../lib/if-there.ts'
import { isAlive, signalProcess } from '../../../lib/procfs/process-identity.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { limitsWithoutCgroups, processRunnerSuite } from '../process-runner.test-suite.ts'
import type { PortSource, ProcessSpec } from '../process-runner.ts'
import { noSandbox } from '../../../lib/sandbox/sandbox.ts'
import { sandboxHere, skipSandbox } from '../../../lib/sandbox/sandbox.test-setup.ts'
import { testPorts } from '../runner-ports.test-source.ts'
import { testSockets } from '../runner-sockets.test-source.ts'
import { examineMachine } from '../resource-limits/machine.ts'
import { findProgram } from '../../../lib/find-program.ts'
import { supervisorRunner } from './supervisor-runner.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'

const program = await findProgram('supervisord', process.env.PATH ?? '')
const recordPathIn = (folder: string) => join(folder, 'run', 'supervisord.json')
/**
 * Folders whose supervisord a test has killed. A runner may be calling it at that moment, and reports the
 * error.
 */
const killed = new Set<string>()
const isOfKill = (error: unknown) =>
  error instanceof AppError && error.code === 'process.supervisor_unavailable'
const create = (
  folder: string,
  ports: PortSource = testPorts(),
  examine = examineMachine,
  sandbox = noSandbox,
) =>
  supervisorRunner({
    ports,
    sockets: testSockets(folder),
    sandbox,
    examine,
    folder: join(folder, 'supervisor'),
    recordPath: recordPathIn(folder),
    program: program ?? 'supervisord',
    logRotation: usualLogRotation,
    onError: (error) => {
      if (!killed.has(folder) || !isOfKill(error)) throw error
    },
  })
const daemonRecord = z.object({ pid: z.number(), startTime: z.string(), socket: z.string() })
const daemonIn = async (folder: string) =>
  daemonRecord.parse(JSON.parse(await readFile(recordPathIn(folder), 'utf8')))

const driver = {
  name: 'supervisor',
  skip: program === null ? 'supervisord is not installed' : null,
  real: true,
  async killEngine(folder: string) {
    const identity = await daemonIn(folder)
    killed.add(folder)
    signalProcess(identity, 'SIGKILL')
    await waitFor(async () => !(await isAlive(identity)), { timeoutMs: patienceMs })
  },
}
processRunnerSuite({ ...driver, create })
processRunnerSuite({
  ...driver,
  name: 'supervisor, in a sandbox',
  skip: driver.skip ?? skipSandbox,
  isSandboxed: true,
  create: (folder, ports) => create(folder, ports, examineMachine, sandboxHere),
})
limitsWithoutCgroups({ ...driver, create })

const specIn = (folder: string, changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
  id: 'demo-r1-0',
  file: '/bin/sleep',
  args: ['600'],
  cwd: folder,
  env: { VITRINE_INSTANCE: 'demo-r1-0', VITRINE_RELEASE_FILE: join(folder, 'vitrine.json'), TOKEN: 'secret' },
  stdoutLog: join(folder, 'logs', 'out.log'),
  stderrLog: join(folder, 'logs', 'err.log'),
  startSeconds: 1,
  stopGraceMs: 1_000,
  user: null,
  limits: {},
  ...changes,
})

const title =
  program === null ? 'the private supervisord (skipped: not installed)' : 'the private supervisord'
describe.skipIf(program === null)(title, { timeout: 120_000 }, () => {
  async function inFolder(name: string, work: (folder: string) => Promise<void>): Promise<void> {
    const root = await mkdtemp(join(tmpdir(), 'vs-'))
    const folder = join(root, name)
    await mkdir(folder, { recursive: true })
    try {
      await work(folder)
    } finally {
      await rm(root, { recursive: true })
    }
  }

  test.each(['一个 ;数据 100% #目录', 'long-'.repeat(25)])('runs programs below a folder named %j', (name) =>
    inFolder(name, async (folder) => {
      const runner = create(folder)
      await runner.open()
      try {
        await runner.add([specIn(folder)])
        await runner.start('demo-r1-0')
        const report = await waitFor(
          async () => {
            const now = (await runner.reports()).get('demo-r1-0')
            return now?.state === 'RUNNING' && now
          },
          { timeoutMs: 60_000 },
        )
        expect(report).toMatchObject({ reason: null, restarts: 0 })
        await access(join(folder, 'logs', 'out.log'))
      } finally {
        await runner.shutdown()
      }
    }),
  )

  test('is an error if its folder contains characters of a glob pattern', () =>
    inFolder('a[1]', async (folder) => {
      await expect(create(folder).open()).rejects.toMatchObject({ code: 'process.supervisor_unavailable' })
    }))

  test('keeps secrets and its socket from other users', () =>
    inFolder('data', async (folder) => {
      const runner = create(folder)
      await runner.open()
      try {
        await runner.add([specIn(folder)])
        const modeOf = async (path: string) => (await stat(path)).mode & 0o777
        const at = (...parts: string[]) => join(folder, 'supervisor', ...parts)
        expect(await modeOf(at('launch', 'demo-r1-0.sh'))).toBe(0o400)
        expect(await modeOf(at('records', 'demo-r1-0.json'))).toBe(0o600)
        expect(await modeOf((await daemonIn(folder)).socket)).toBe(0o700)
        expect(await readFile(at('conf.d', 'demo-r1-0.conf'), 'utf8')).not.toContain('secret')
      } finally {
        await runner.shutdown()
      }
    }))

  test('lets nobody else read its journal, and gives programs the usual umask', () =>
    inFolder('data', async (folder) => {
      const at = (...parts: string[]) => join(folder, 'supervisor', ...parts)
      const logs = ['supervisord.log', 'supervisord.stderr.log']
      const modes = () => Promise.all(logs.map(async (name) => (await stat(at(name))).mode & 0o777))
      const runner = create(folder)
      await runner.open()
      try {
        expect(await modes()).toEqual([0o600, 0o600])
        const out = join(folder, 'umask.log')
        await runner.add([
          specIn(folder, { file: '/bin/sh', args: ['-c', 'umask; exec sleep 60'], stdoutLog: out }),
        ])
        await runner.start('demo-r1-0')
        // The file is there before the program has said anything.
        const said = async () => (await ifThere(readFile(out, 'utf8'))) || null
        expect(await waitFor(said, { timeoutMs: patienceMs })).toBe('0022\n')
        expect((await stat(out)).mode & 0o777).toBe(0o600)
      } finally {
        await runner.shutdown()
      }
    }))

  test('refuses one unusable program and accepts the others', () =>
    inFolder('data', async (folder) => {
      const runner = create(folder)
      await runner.open()
      try {
        const bad = specIn(folder, { id: 'bad-r1-0', stdoutLog: join(folder, 'a ;b.log') })
        await expect(runner.add([bad])).rejects.toThrow()
        await runner.add([specIn(folder)])
        expect([...(await runner.reports()).keys()]).toEqual(['demo-r1-0'])
      } finally {
        await runner.shutdown()
      }
    }))

  test('is adopted even if its record was lost', () =>
    inFolder('data', async (folder) => {
      const first = create(folder)
      await first.open()
      const { pid } = await daemonIn(folder)
      await first.close()
      await rm(recordPathIn(folder))
      const second = create(folder)
      await second.open()
      try {
        expect((await daemonIn(folder)).pid).toBe(pid)
      } finally {
        await second.shutdown()
      }
    }))

  test('that cannot be started is an error with its own message', () =>
    inFolder('data', async (folder) => {
      const runner = supervisorRunner({
        folder: join(folder, 'supervisor'),
        recordPath: recordPathIn(folder),
        program: '/bin/false',
        ports: testPorts(),
        sockets: testSockets(folder),
        logRotation: usualLogRotation,
        onError: () => undefined,
      })
      await expect(runner.open()).rejects.toMatchObject({ code: 'process.supervisor_unavailable' })
    }))
})
