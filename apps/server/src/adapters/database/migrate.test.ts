import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { makeTestDatabase, migrationsFolder } from '../../../../../tests/support/test-database.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const journal = z.object({ entries: z.array(z.object({ tag: z.string() }).loose()) }).loose()

/**
 * Makes the migrations of another build: a copy of ours changed by `edit`, which gets the folder and the
 * journal's file.
 */
async function otherBuild(edit: (folder: string, journalFile: string) => Promise<void>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-migrations-'))
  ends.push(() => rm(folder, { recursive: true }))
  await cp(migrationsFolder, folder, { recursive: true })
  await edit(folder, join(folder, 'meta', '_journal.json'))
  return folder
}

async function withOtherFirst(folder: string, journalFile: string): Promise<void> {
  const all = journal.parse(JSON.parse(await readFile(journalFile, 'utf8')))
  await writeFile(journalFile, JSON.stringify({ ...all, entries: all.entries.slice(0, 1) }))
  await writeFile(join(folder, '0000_initial.sql'), 'create table of_another_build (id integer)')
}

async function withOneMore(folder: string, journalFile: string): Promise<void> {
  const all = journal.parse(JSON.parse(await readFile(journalFile, 'utf8')))
  const next = { ...all.entries.at(-1), idx: all.entries.length, when: 4_000_000_000_000, tag: 'newest' }
  await writeFile(journalFile, JSON.stringify({ ...all, entries: [...all.entries, next] }))
  await writeFile(join(folder, 'newest.sql'), 'create table of_another_build (id integer)')
}

test.each([
  ['an unreleased build made with other migrations', withOtherFirst],
  ['a newer build has migrated further', withOneMore],
])('a database that %s is refused with a stable error and is not changed', async (_what, edit) => {
  const database = await makeTestDatabase()
  ends.push(database.drop)
  const folder = await otherBuild(edit)
  await (await database.open(folder)).close()

  await expect(database.open(migrationsFolder)).rejects.toMatchObject({ code: 'database.of_another_build' })

  // The build that made the database can still open it.
  const again = await database.open(folder)
  expect((await again.db.execute(sql`select * from of_another_build`)).rows).toEqual([])
  await again.close()
})

test('a database of an earlier build gets the migrations that it lacks', async () => {
  const database = await makeTestDatabase()
  ends.push(database.drop)
  await (await database.open(migrationsFolder)).close()
  const newer = await database.open(await otherBuild(withOneMore))
  expect((await newer.db.execute(sql`select * from of_another_build`)).rows).toEqual([])
  await newer.close()
})

async function beforeModelGrants(_folder: string, journalFile: string): Promise<void> {
  const all = journal.parse(JSON.parse(await readFile(journalFile, 'utf8')))
  const at = all.entries.findIndex(({ tag }) => tag.endsWith('_model_grants'))
  await writeFile(journalFile, JSON.stringify({ ...all, entries: all.entries.slice(0, at) }))
}

test('the model files of releases that did not fail count as given to their algorithm', async () => {
  const database = await makeTestDatabase()
  ends.push(database.drop)
  const earlier = await database.open(await otherBuild(beforeModelGrants))
  const owner = '11111111-1111-4111-8111-111111111111'
  await earlier.db.execute(sql`insert into algorithms (id, name, task, description, owner_id, owner_name)
    values ('weighs', '', '', '', ${owner}, 'ann')`)
  await earlier.db.execute(sql`insert into algorithm_services
    (id, name, algorithm_id, desired, mode, options, owner_id, owner_name)
    values ('service', '', 'weighs', 'running', 'local', '{}', ${owner}, 'ann')`)
  const manifestOf = (digest: string | null) =>
    JSON.stringify(digest === null ? {} : { models: [{ path: 'a.bin', sha256: digest, source: 'store' }] })
  const releases = [
    [1, 'retired', 'a'],
    [2, 'failed', 'b'],
    [3, 'active', 'a'],
    [4, 'deploying', null],
  ] as const
  for (const [number, status, digest] of releases)
    await earlier.db
      .execute(sql`insert into releases (service_id, number, commit, manifest, config, status, created_by)
      values ('service', ${number}, '', ${manifestOf(digest)}::jsonb, '{}', ${status}, 'ann')`)
  await earlier.close()
  const now = await database.open(migrationsFolder)
  expect((await now.db.execute(sql`select * from model_grants`)).rows).toEqual([
    { algorithm_id: 'weighs', owner_id: owner, sha256: 'a' },
  ])
  await now.close()
})
