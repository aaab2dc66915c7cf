import { randomUUID } from 'node:crypto'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { AccessLogLine } from '@vitrine/contract'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { RecordedCall } from './call-line.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { createKeptFolder } from './kept-bodies.ts'
import { createRecordingsRepository } from './recordings.repository.ts'
import { CallRecorder } from './recorder.ts'

/** A line of the access log. By default a successful answer of the service `echo`. */
export const logLine = (part: Partial<AccessLogLine> = {}): AccessLogLine => ({
  time: new Date().toISOString(),
  request_id: randomUUID(),
  service_id: 'echo',
  release: 1,
  instance_id: 'echo-r1-1',
  caller: null,
  method: 'POST',
  path: '/ai/echo/predict',
  status: 200,
  latency_ms: 12.5,
  bytes_in: 100,
  bytes_out: 200,
  remote_address: '127.0.0.1',
  error: null,
  ...part,
})

/** The text of a log file with these lines. */
export const linesText = (...lines: AccessLogLine[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')

/** A recorder with a real database, an access log that the test writes, and the services `echo` and `other`. */
export async function openCallsWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-calls-'))
  const database = await createTestDatabase()
  const { db } = database
  const path = join(folder, 'access.log')
  const recordings = createRecordingsRepository({ db })
  const keptFolder = join(folder, 'kept')
  const kept = createKeptFolder(keptFolder)
  const recorders: CallRecorder[] = []
  const heard: RecordedCall[] = []
  const problems: unknown[] = []

  const services = createServicesRepository({ db })
  const owner = { ownerId: testActor('user').id, ownerName: 'user-tester' }
  /** Creates a service, by default before all calls of these tests. */
  const addService = async (id: string, createdAt = new Date(0)) => {
    const own = { id, name: id, algorithmId: 'echo', createdAt, ...owner }
    await services.insert({ ...own, desired: 'running', mode: 'local', options: testOptions })
  }
  await db.insert(algorithms).values({ id: 'echo', name: 'Echo', task: 'other', description: '', ...owner })
  for (const id of ['echo', 'other']) await addService(id)

  const countOf = async (what: 'calls' | 'requests') => {
    const counted = what === 'calls' ? sql`count(*)` : sql`count(distinct request_id)`
    const { rows } = await db.execute<{ count: number }>(
      sql`select ${counted}::int as count from algorithm_calls`,
    )
    return rows[0]?.count ?? 0
  }
  return {
    db,
    folder,
    path,
    recordings,
    kept,
    keptFolder,
    heard,
    problems,
    countOf,
    /** Waits as long as calls are still being recorded: a busy machine takes minutes for tens of thousands. */
    async allRecorded(total: number): Promise<void> {
      const recorded = () => countOf('calls')
      for (let seen = await recorded(); seen < total; seen = await recorded()) {
        const goesOn = await waitFor(async () => (await recorded()) > seen, { timeoutMs: patienceMs })
        if (goesOn === null) return
      }
    },
    services,
    addService,
    write: (text: string, file = path) => appendFile(file, text),
    /** Starts to record, as a newly started control plane does. */
    record(part: Partial<ConstructorParameters<typeof CallRecorder>[0]> = {}): CallRecorder {
      const recorder = new CallRecorder({
        path,
        records: recordings,
        kept,
        maskOf: async (serviceId) => (text) => text.replaceAll(`secret of ${serviceId}`, '••••'),
        replicaOf: (id) => Number(id.slice(-1)),
        onRecorded: (calls) => void heard.push(...calls),
        onProblem: (problem) => void problems.push(problem),
        ...part,
      })
      recorder.start()
      recorders.push(recorder)
      return recorder
    },
    async close() {
      for (const recorder of recorders) await recorder.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
