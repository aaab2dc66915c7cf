import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../tests/support/test-database.ts'
import { loggedError } from './logged-error.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** The line that a logger of the platform writes about an error. */
const lineAbout = (error: unknown): string => {
  let line = ''
  const logger = pino({ serializers: { err: loggedError } }, { write: (text) => void (line = text) })
  logger.error({ err: error }, 'failed')
  return line
}

test('of a query that failed its cause and its statement are logged, and none of its values', async () => {
  const failed = database.db.execute(sql`select ${'a private value'}::text, 1 / ${0}::int`)
  const line = lineAbout(await failed.catch((error: unknown) => error))
  expect(line).toContain('division by zero')
  expect(line).toContain('select $1::text')
  expect(line).toContain('logged-error.test.ts')
  expect(line).not.toContain('a private value')
})

test('of a query of any length only the beginning is logged', async () => {
  const many = sql.join(
    Array.from({ length: 10_000 }, (_, index) => sql`${index}::int`),
    sql`, `,
  )
  const failed = database.db.execute(sql`select ${many}, 1 / 0`)
  expect(lineAbout(await failed.catch((error: unknown) => error)).length).toBeLessThan(6_000)
})

test('an abort or a time-out is logged without the constants of its class', () => {
  const line = lineAbout(new DOMException('it took too long', 'TimeoutError'))
  expect(JSON.parse(line).err).toEqual({
    type: 'TimeoutError',
    message: 'it took too long',
    stack: expect.stringContaining('logged-error.test.ts'),
  })
})

test('any other error is logged with its message, its code and its cause', () => {
  const line = lineAbout(new Error('outer', { cause: new TypeError('inner') }))
  expect(line).toContain('outer: inner')
})
