import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { pathExists } from '../../lib/path-exists.ts'
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

/** It ends only by KILL, when its grace time is over. */
const heedless = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)`

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
    await begin(id, gatedServer)
  })
  afterEach(async () => {
    if (open === null) return
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  })

  /** Adds and starts a process. */
  async function begin(of: string, program: string): Promise<void> {
    const log = (name: string) => join(folder, 'logs', `${of}-${name}.log`)
    await runner.add([
      {
        id: of,
        file: process.execPath,
        args: ['-e', program],
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: of },
        listens: 'port',
        stdoutLog: log('out'),
        stderrLog: log('err'),
        startSeconds: 1,
        stopGraceMs: 3_000,
        user: null,
        limits: {},
      },
    ])
    await runner.start(of)
  }

  const reportOf = async (of = id): Promise<ProcessReport> => {
    const report = (await runner.reports()).get(of)
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

  test.skipIf(open === null)('shutdown ends every other process before it fails', async () => {
    const other = 'other-r1-1'
    await begin(other, heedless)
    const running = (of: string) =>
      until(async () => {
        const report = await reportOf(of)
        return report.state === 'RUNNING' && report
      })
    const [{ pid }, kept] = [await running(other), await running(id)]
    const record = join(folder, folders[kind], `${id}.json`)
    await rename(record, `${record}.away`)
    await mkdir(record)
    await expect(runner.shutdown()).rejects.toThrow()
    expect(await pathExists(`/proc/${pid}`)).toBe(false)
    // A supervisord that lived on would start it again whenever it is killed.
    expect(await pathExists(`/proc/${kept.pid}`)).toBe(kind === 'local')
    await rmdir(record)
    await rename(`${record}.away`, record)
    await runner.open()
  })
})
