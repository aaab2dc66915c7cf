import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { checkChain, type ChainReport } from './audit.chain.ts'
import { createAuditRepository, type AuditRepository } from './audit.repository.ts'

const key = 'the key of these tests'
let database: Awaited<ReturnType<typeof createTestDatabase>>
let audit: AuditRepository
beforeEach(async () => {
  database = await createTestDatabase()
  audit = createAuditRepository({ db: database.db, key })
})
afterEach(() => database.close())

const add = (action: string, target = 'it', by = audit) =>
  by.add({ actor: 'anna', actorId: 'a-1', action, target, details: { status: 200 }, requestId: 'r' })
const addFive = async () => {
  for (const target of ['1', '2', '3', '4', '5']) await add('POST /users', target)
}
const run = (statement: string) => database.db.execute(statement)
async function check(withKey = key, now = new Date()): Promise<ChainReport> {
  const { head, entries, unnumbered } = await audit.chain()
  if (!head) throw new Error('no chain')
  return checkChain({ key: withKey, head, now, entries, unnumbered })
}

test('a log that nobody touched fits its chain', async () => {
  await addFive()
  expect(await check()).toMatchObject({
    entries: 5,
    erased: 0,
    head: { number: 5 },
    problems: [],
  })
})

test.each([
  ['a changed actor', `update audit_log set actor = 'bert' where number = 3`],
  ['a changed detail', `update audit_log set details = '{"status": 201}' where number = 3`],
  ['a changed time', `update audit_log set created_at = created_at - interval '1 day' where number = 3`],
  ['a changed action', `update audit_log set action = 'POST /runs' where number = 3`],
  [
    'an erased entry that is no old refusal',
    `update audit_log set erased = true, actor = '' where number = 3`,
  ],
])('%s is found, and its number is named', async (_name, statement) => {
  await addFive()
  await run(statement)
  expect((await check()).problems).toContainEqual({ kind: 'changed', number: 3, to: null })
})

test('removed entries are found, and the numbers that are missing are named', async () => {
  await addFive()
  await run('delete from audit_log where number in (2, 3)')
  expect((await check()).problems).toEqual([{ kind: 'removed', number: 2, to: 3 }])
})

test('a log that was cut at its end is found', async () => {
  await addFive()
  await run('delete from audit_log where number > 3')
  expect((await check()).problems).toEqual([{ kind: 'cut', number: 4, to: 5 }])
  await run(`update audit_chain set number = 3`)
  expect((await check()).problems).toEqual([{ kind: 'changed', number: 3, to: null }])
})

test('a log that was cut together with its end has an earlier end, which whoever noted the later one sees', async () => {
  await addFive()
  const { head: noted } = await check()
  await run('delete from audit_log where number > 3')
  await run('update audit_chain set number = 3, hash = (select hash from audit_log where number = 3)')
  const { head, problems } = await check()
  expect(problems).toEqual([])
  expect([noted.number, head.number]).toEqual([5, 3])
})

test('text that PostgreSQL cannot store is replaced, so that no change stays unrecorded, and the chain fits', async () => {
  const details = { status: 200, reason: 'a\u0000b', names: ['\ud800'] }
  await audit.add({
    actor: 'who\u0000ever',
    actorId: null,
    action: 'TEST',
    target: 't',
    details,
    requestId: null,
  })
  const { head, problems } = await check()
  expect([head.number, problems]).toEqual([1, []])
})

test('an inserted entry is found, whether it has a number or not', async () => {
  await addFive()
  const insert = (number: number | null) =>
    run(`insert into audit_log (number, actor, action, target, details, digest, hash)
      values (${number}, 'x', 'y', 'z', '{}', '', '')`)
  await expect(insert(null)).rejects.toThrow()
  for (const number of [0, 6]) {
    await insert(number)
    expect((await check()).problems).toEqual([{ kind: 'inserted', number, to: null }])
    await run(`delete from audit_log where number = ${number}`)
  }
  await run('alter table audit_log alter number drop not null')
  await insert(null)
  expect((await check()).problems).toEqual([{ kind: 'inserted', number: null, to: null }])
})

test('where the row with the end of the chain was removed, the log goes on after its last entry', async () => {
  await addFive()
  await run('delete from audit_chain')
  await add('POST /users')
  expect(await check()).toMatchObject({ entries: 6, head: { number: 6 }, problems: [] })
})

test('without the key of the platform, nobody can write a chain that fits', async () => {
  await addFive()
  const other = createAuditRepository({ db: database.db, key: 'a guess' })
  await add('POST /users', 'forged', other)
  expect((await check()).problems).toEqual([{ kind: 'changed', number: 6, to: null }])
})

test('entries of many requests at once, of two processes, make one chain', async () => {
  const second = createAuditRepository({ db: database.db, key })
  await Promise.all(
    Array.from({ length: 60 }, (_, at) => add('POST /users', `${at}`, at % 2 ? audit : second)),
  )
  expect(await check()).toMatchObject({ entries: 60, problems: [] })
})

test('an entry that cannot be stored fails alone, and those that were written with it are stored', async () => {
  // Longer than an index takes.
  const tooLong = randomBytes(20_000).toString('hex')
  const outcomes = await Promise.allSettled([add('one'), add('two', tooLong), add('three')])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await check()).toMatchObject({ entries: 2, problems: [] })
})

test('entries whose statement was carried out are written once, also if the connection was lost before the answer', async () => {
  await add('first')
  const execute = database.db.execute.bind(database.db)
  const statements = vi
    .spyOn(database.db, 'execute')
    .mockImplementationOnce((statement) => execute(statement))
    .mockImplementationOnce((statement) => {
      const asked = execute(statement)
      const carryOut = asked.execute
      asked.execute = async () => {
        await carryOut()
        throw Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' })
      }
      return asked
    })
  // The first is written at once, and the others together after it.
  const outcomes = await Promise.allSettled([add('second'), add('third'), add('fourth')])
  statements.mockRestore()
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(await check()).toMatchObject({ entries: 4, problems: [] })
})

test('entries are written after a connection that was lost before their statement', async () => {
  await add('first')
  const lost = Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' })
  const statements = vi.spyOn(database.db, 'execute').mockImplementationOnce(() => {
    throw lost
  })
  await add('second')
  statements.mockRestore()
  expect(await check()).toMatchObject({ entries: 2, problems: [] })
})

test('old refusals lose their content and keep their place', async () => {
  await add('refused POST /auth/login', 'anna')
  await add('POST /users')
  const later = new Date(Date.now() + 91 * 24 * 3600 * 1000)
  await audit.eraseRefusals(later)
  expect(await check(key, later)).toMatchObject({ entries: 2, erased: 1, problems: [] })
  expect((await audit.list({ page: 1, page_size: 10, q: '', sort: '' })).items).toHaveLength(1)
  // Nobody hides a refusal before it is old.
  expect((await check()).problems).toEqual([{ kind: 'changed', number: 1, to: null }])
})
