import { mkdtemp, rename, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { ProcessRunner, ProcessSpec } from './process-runner.ts'
import { realRunners } from './real-runners.test-setup.ts'

/** Answers with the name of its process. */
const server = `require('node:http').createServer((_req, res) => res.end(process.env.VITRINE_INSTANCE))
  .listen({ fd: Number(process.env.VITRINE_LISTEN_FD) })`
const ids = ['killed-r1-1', 'other-r1-1'] as const

describe.each(realRunners)('$name: while no socket can be made', ({ kind, open }) => {
  let folder: string
  let runner: ProcessRunner
  let errors: unknown[]

  beforeEach(async () => {
    if (open === null) return
    folder = await mkdtemp(join(tmpdir(), 'vr-'))
    errors = []
    runner = open(folder, { onError: (error) => errors.push(error) })
    await runner.open()
    const log = (name: string) => join(folder, 'logs', `${name}.log`)
    const spec = (id: string): ProcessSpec => ({
      id,
      file: process.execPath,
      args: ['-e', server],
      cwd: folder,
      listens: 'socket',
      user: null,
      env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id },
      stdoutLog: log(`${id}.out`),
      stderrLog: log(`${id}.err`),
      limits: {},
      startSeconds: 1,
      stopGraceMs: 3_000,
    })
    await runner.add(ids.map(spec))
    for (const id of ids) await runner.start(id)
  })
  afterEach(async () => {
    if (open === null) return
    await runner.shutdown()
    await rm(folder, { recursive: true })
  })

  const reportOf = async (id: string) => {
    const report = (await runner.reports()).get(id)
    if (!report) throw new Error(`no report of ${id}`)
    return report
  }
  async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
    const found = await waitFor(isSo, { timeoutMs: patienceMs, everyMs: 30 })
    if (!found) throw new Error(`waited in vain: ${what}; ${errors.map(String).join(', ')}`)
  }
  /** What answers on the socket of a process; null for nothing. */
  async function askAt(id: string): Promise<string | null> {
    // While supervisord is started again, there are no reports.
    const endpoint = await reportOf(id).then(
      (report) => report.endpoint,
      () => null,
    )
    if (endpoint === null || !('socket' in endpoint)) return null
    const { socket: socketPath } = endpoint
    return new Promise((resolve) => {
      const asked = request({ socketPath, agent: false }, (answer) =>
        text(answer).then(resolve, () => resolve(null)),
      )
      asked.on('error', () => resolve(null)).end()
    })
  }
  const allAnswer = () =>
    until(
      async () => (await Promise.all(ids.map(askAt))).every((answer, at) => answer === ids[at]),
      'all answer',
    )

  test.skipIf(open === null)(
    'a process that is killed is started again once one can be made, and in the end all run',
    { timeout: 120_000 },
    async () => {
      await allAnswer()
      const { pid, generation } = await reportOf('killed-r1-1')
      const sockets = join(folder, 'sockets')
      await rename(sockets, `${sockets}.away`)
      signalPid(pid ?? 0, 'SIGKILL')
      await until(async () => {
        const report = await reportOf('killed-r1-1').catch(() => null)
        return report !== null && report.generation !== generation
      }, 'its end is noticed')
      // supervisord itself ends of it. It is started again while there is still no folder.
      if (kind === 'supervisor') await until(async () => errors.length > 0, 'a start fails')
      await rename(`${sockets}.away`, sockets)
      await allAnswer()
      expect((await reportOf('killed-r1-1')).generation).not.toBe(generation)
    },
  )
})
