import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import {
  identify,
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from '../../../lib/procfs/process-identity.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { findProgram } from '../../../lib/find-program.ts'
import { testPorts } from '../runner-ports.test-source.ts'
import { testSockets } from '../runner-sockets.test-source.ts'
import { endLeftoverSupervisor } from './supervisor-leftover.ts'
import { supervisorRecords } from './supervisor-runner.options.ts'
import { supervisorRunner } from './supervisor-runner.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'

const program = await findProgram('supervisord', process.env.PATH ?? '')
const identity = z.object({ pid: z.number(), startTime: z.string() })
const title = `a supervisord whose program is gone${program === null ? ' (skipped: not installed)' : ''}`

type Left = {
  options: { folder: string; recordPath: string }
  daemon: ProcessIdentity
  main: ProcessIdentity
  child: ProcessIdentity
}

/** Starts two processes, one the child of the other in its own session, and closes their runner. */
async function withLeft(work: (left: Left) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'vsl-'))
  const options = { folder: join(root, 'supervisor'), recordPath: join(root, 'supervisord.json') }
  const runner = supervisorRunner({
    ...options,
    program: program ?? '',
    ports: testPorts(),
    sockets: testSockets(root),
    logRotation: usualLogRotation,
    onError: (error) => {
      throw error
    },
  })
  const [id, said] = ['a-r1-1', join(root, 'child')]
  try {
    await mkdir(options.folder)
    await runner.open()
    await runner.add([
      {
        id,
        file: '/bin/sh',
        cwd: root,
        user: null,
        limits: {},
        startSeconds: 1,
        stopGraceMs: 1_000,
        args: ['-c', `setsid sleep 600 & echo $! > '${said}.new'; mv '${said}.new' '${said}'; wait`],
        env: {
          VITRINE_INSTANCE: id,
          VITRINE_RELEASE_FILE: join(root, 'vitrine.json'),
          PATH: '/usr/bin:/bin',
        },
        stdoutLog: join(root, 'o.log'),
        stderrLog: join(root, 'e.log'),
      },
    ])
    await runner.start(id)
    const child = await waitFor(() => readFile(said, 'utf8').catch(() => null), { timeoutMs: patienceMs })
    const pids = [(await runner.reports()).get(id)?.pid ?? 0, Number(child)]
    const [main, other] = await Promise.all(pids.map(identify))
    const daemon = identity.parse(JSON.parse(await readFile(options.recordPath, 'utf8')))
    await runner.close()
    if (!main || !other) throw new Error('not started')
    await work({ options, daemon, main, child: other })
  } finally {
    await endLeftoverSupervisor(options)
    await rm(root, { recursive: true, force: true })
  }
}

describe.skipIf(program === null)(title, { timeout: 120_000 }, () => {
  test('is ended with all its processes, and their records are removed', () =>
    withLeft(async ({ options, daemon, main, child }) => {
      expect(await endLeftoverSupervisor(options)).toEqual(['a-r1-1'])
      expect(await Promise.all([daemon, main, child].map(isAlive))).toEqual([false, false, false])
      expect(await readdir(supervisorRecords(options.folder))).toEqual([])
      expect(await endLeftoverSupervisor(options)).toEqual([])
    }))

  test('if it was killed, its processes are ended', () =>
    withLeft(async ({ options, daemon, main, child }) => {
      signalProcess(daemon, 'SIGKILL')
      await waitFor(async () => !(await isAlive(daemon)), { timeoutMs: patienceMs })
      await endLeftoverSupervisor(options)
      expect(await Promise.all([main, child].map(isAlive))).toEqual([false, false])
    }))

  test('another process with the same pid is left alone', () =>
    withLeft(async ({ options, daemon }) => {
      signalProcess(daemon, 'SIGKILL')
      await waitFor(async () => !(await isAlive(daemon)), { timeoutMs: patienceMs })
      const other = { pid: process.pid, startTime: daemon.startTime, socket: join(options.folder, 's') }
      await writeFile(options.recordPath, JSON.stringify(other))
      await endLeftoverSupervisor(options)
      expect(await identify(process.pid)).not.toBeNull()
    }))
})
