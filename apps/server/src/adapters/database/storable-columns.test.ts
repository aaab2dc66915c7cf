import { sql } from 'drizzle-orm'
import { pgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { programJson, programText } from './storable-columns.ts'

const heard = pgTable('heard', { words: programText(), facts: programJson() })

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
  await database.db.execute(sql`create table heard (words text, facts jsonb)`)
})
afterAll(() => database?.close())

test.each([
  ['a zero byte', 'a\0b', 'a\uFFFDb'],
  ['the first half of a character', 'a\ud83d', 'a\uFFFD'],
  ['the second half of a character', '\udc4d!', '\uFFFD!'],
  ['whole characters', '行 👍 \n\t"\\', '行 👍 \n\t"\\'],
  ['the escape of a zero byte, written out', '\\u0000 \\\\u0000 \\ud800', '\\u0000 \\\\u0000 \\ud800'],
])('%s is kept as far as PostgreSQL can keep it', async (_name, written, kept) => {
  await database.db.delete(heard)
  await database.db.insert(heard).values({ words: written, facts: { [written]: [written, null, 1.5] } })
  expect(await database.db.select().from(heard)).toEqual([
    { words: kept, facts: { [kept]: [kept, null, 1.5] } },
  ])
})

test('null stays null', async () => {
  await database.db.delete(heard)
  await database.db.insert(heard).values({ words: null, facts: null })
  expect(await database.db.select().from(heard)).toEqual([{ words: null, facts: null }])
})
