import { randomUUID } from 'node:crypto'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { AccessLogLine } from '@vitrine/contract'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { RecordedCall } from './call-line.ts'
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

/** A recorder with a real database and an access log that the test writes. */
export async function openCallsWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-calls-'))
  const database = await createTestDatabase()
  const { db } = database
  const path = join(folder, 'access.log')
  const recordings = createRecordingsRepository({ db })
  const recorders: CallRecorder[] = []
  const heard: RecordedCall[] = []
  const problems: unknown[] = []

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
    heard,
    problems,
    countOf,
    write: (text: string, file = path) => appendFile(file, text),
    /** Starts to record, as a newly started control plane does. */
    record(part: Partial<ConstructorParameters<typeof CallRecorder>[0]> = {}): CallRecorder {
      const recorder = new CallRecorder({
        path,
        records: recordings,
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
