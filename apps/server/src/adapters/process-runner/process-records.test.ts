import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newRecord, processRecords } from './process-records.ts'
import type { ProcessReason } from './process-reason.ts'

const spec = {
  id: 'demo-r1-1',
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: {},
  stdoutLog: '/o',
  stderrLog: '/e',
  startSeconds: 1,
  stopGraceMs: 1000,
  user: null,
  limits: {},
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vrec-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.each<ProcessReason>([
  { code: 'crash_loop', exits: 5, withinS: 120, last: { code: 'signalled', signal: 'SIGSEGV', ranMs: 9 } },
  { code: 'out_of_memory', limitMb: 512, ranMs: 9 },
  { code: 'spawn_failed', errno: 'ENOENT' },
  { code: 'could_not_start' },
])('why a process was given up is read again as the fact that it was: $code', (fatal) =>
  withFolder(async (folder) => {
    await processRecords(folder).save({ ...newRecord(spec), fatal })
    expect(await processRecords(folder).load()).toMatchObject([{ fatal }])
  }),
)

test('what a kill has left of a record, with its environment, is removed before records are read', () =>
  withFolder(async (folder) => {
    await processRecords(folder).save(newRecord(spec))
    await writeFile(join(folder, `${spec.id}.json.${randomUUID()}.tmp`), '{"spec":{"env":{"TOKEN":"secr')
    expect(await processRecords(folder).load()).toHaveLength(1)
    expect(await readdir(folder)).toEqual([`${spec.id}.json`])
  }))

test('for whom a process stands in is kept, and a record of an earlier version names nobody', () =>
  withFolder(async (folder) => {
    await processRecords(folder).save(newRecord({ ...spec, group: 'demo' }))
    await processRecords(folder).save(newRecord({ ...spec, id: 'earlier-r1-1' }))
    const groups = (await processRecords(folder).load()).map((record) => record.spec.group)
    expect(groups.toSorted()).toEqual(['demo', undefined])
  }))
