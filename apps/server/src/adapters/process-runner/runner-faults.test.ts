import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { ProcessReport, ProcessRunner } from './process-runner.ts'
import { realRunners } from './real-runners.test-setup.ts'

const id = 'faulty-r1-1'
const folders = { local: 'processes', supervisor: join('supervisor', 'records') }

/** It listens as soon as the file `open` is in its folder. */
const gatedServer = `
  const listen = () => require('node:http').createServer((_req, res) => res.end(process.env.VITRINE_INSTANCE))
    .listen(Number(process.env.PORT), process.env.HOST)
  const wait = () => { if (require('node:fs').existsSync('open')) listen(); else setTimeout(wait, 20) }
  wait()`

describe.each(realRunners)('$name: while the record of a process cannot be stored', ({ kind, open }) => {
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
    await runner.add([
      {
        id,
        file: process.execPath,
        args: ['-e', gatedServer],
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id },
        listens: 'port',
        stdoutLog: log('out'),
        stderrLog: log('err'),
        startSeconds: 1,
        stopGraceMs: 3_000,
        user: null,
        limits: {},
      },
    ])
    await runner.start(id)
  })
  afterEach(async () => {
    if (open === null) return
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  })

  const reportOf = async (): Promise<ProcessReport> => {
    const report = (await runner.reports()).get(id)
    if (!report) throw new Error('no report')
    return report
  }
  async function until<T>(ask: () => Promise<T | null | false>): Promise<T> {
    const answer = await waitFor(ask, { timeoutMs: patienceMs, everyMs: 30 })
    if (answer === null) throw new Error(`waited in vain: ${JSON.stringify(await reportOf())}`)
    return answer
  }
  const portOf = ({ endpoint }: ProcessReport) => (endpoint && 'port' in endpoint ? endpoint.port : null)
  const openGate = () => writeFile(join(folder, 'open'), '')
  /** Waits until it answers on the port of its report, and returns the report. */
  const answering = () =>
    until(async () => {
      const report = await reportOf()
      if (report.state !== 'RUNNING' || (await runner.listener(id)) !== 'own') return null
      const answer = await fetch(`http://127.0.0.1:${portOf(report)}/`).catch(() => null)
      return (await answer?.text()) === id && report
    })

  /** Makes every attempt to store a record fail until `work` has caused an error and has ended. */
  async function withoutRecords(work: () => Promise<void>): Promise<void> {
    const records = join(folder, folders[kind])
    await rename(records, `${records}.away`)
    await writeFile(records, 'not a folder')
    try {
      await work()
      await until(async () => errors.length > 0)
    } finally {
      await rm(records)
      await rename(`${records}.away`, records)
    }
  }

  test.skipIf(open === null)('one that is killed is started again, and the restart is counted', async () => {
    await openGate()
    const first = await answering()
    await withoutRecords(async () => signalPid(first.pid, 'SIGKILL'))
    const second = await until(async () => {
      const report = await answering()
      return report.generation !== first.generation && report.restarts > 0 && report
    })
    expect(second.restarts).toBe(1)
  })

  test.skipIf(open === null)('one that lost its port gets another one in the end', async () => {
    const first = await until(async () => {
      const report = await reportOf()
      return report.state === 'RUNNING' && report
    })
    const foreign = createServer((_req, res) => res.end('a foreign process'))
    await withoutRecords(async () => {
      foreign.listen(portOf(first) ?? 0, '127.0.0.1')
      await once(foreign, 'listening')
    })
    await openGate()
    expect(portOf(await answering())).not.toBe(portOf(first))
    foreign.close()
  })
})
