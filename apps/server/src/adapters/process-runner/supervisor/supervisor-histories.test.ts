import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newRecord, type ProcessRecord } from '../process-records.ts'
import { supervisorHistories } from './supervisor-histories.ts'
import { supervisorJournal } from './supervisor-journal.ts'

const ids = Array.from({ length: 50 }, (_unused, number) => `service-${number}`)
const recordOf = (id: string): ProcessRecord => ({
  ...newRecord({
    id,
    file: 'python3',
    args: [],
    cwd: '/',
    env: {},
    user: null,
    limits: {},
    listens: 'port',
    stdoutLog: '/dev/null',
    stderrLog: '/dev/null',
    startSeconds: 1,
    stopGraceMs: 1_000,
  }),
  port: 18_001,
})

test('if many processes end at once, their causes are searched concurrently, not one after the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-histories-'))
  const journal = join(folder, 'supervisord.log')
  const lines = ids.flatMap((id) => [
    `2026-01-31 12:00:00,000 INFO spawned: '${id}' with pid 4711`,
    `2026-01-31 12:00:09,000 WARN exited: ${id} (terminated by SIGKILL; not expected)`,
  ])
  await writeFile(journal, `${lines.join('\n')}\n`)
  const exited: string[] = []
  let asked = 0
  let isAllAsked: (lost: null) => void = () => {}
  const allAsked = new Promise<null>((resolve) => (isAllAsked = resolve))
  const histories = supervisorHistories({
    journal: supervisorJournal(journal),
    keeper: { start: () => {}, close: () => {}, begin: () => {}, endedFor: async () => null },
    records: { load: async () => [], save: async () => {}, forget: async () => {} },
    known: new Map(ids.map((id) => [id, recordOf(id)])),
    lossOf: () => {
      asked += 1
      if (asked === ids.length) isAllAsked(null)
      return allAsked
    },
    onExited: (id) => exited.push(id),
    onLostPort: () => {},
  })
  try {
    await histories.read()
    expect(exited).toEqual(ids)
    expect(ids.flatMap((id) => histories.of(id).exits.map(({ signal }) => signal))).toEqual(
      ids.map(() => 'SIGKILL'),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
