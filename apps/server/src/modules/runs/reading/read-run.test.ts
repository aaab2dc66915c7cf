import { get } from 'node:http'
import { brotliDecompressSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pageOf, run as runForm, type Json } from '@vitrine/contract'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { createTestApp, testActor } from '../../../../../../tests/support/test-app.ts'
import { addComparisonRoutes } from '../../comparisons/comparisons.routes.ts'
import { createComparisonsRepository } from '../../comparisons/comparisons.repository.ts'
import { createReadingMemory, longAnswer, textAnswer } from '../../quotas/reading-memory.ts'
import { writtenEvent } from '../events/event-text.ts'
import { someFacts } from '../facts/run-facts.test-setup.ts'
import { findRun, readValues } from './read-run.ts'
import { createRunSamplesRepository } from '../history/samples.repository.ts'
import { openRunsWorld } from '../runs.test-world.ts'
import { addRunRoutes } from '../runs.routes.ts'
import { runs as runRows } from '../runs.tables.ts'
import { followRun, viewFor, type WaitingEvent } from './send-events.ts'
import type { RunEvent } from '../events/run-events.ts'

/** Readers of runs with large results. The memory of all readers together is bounded. */

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeAll(async () => {
  world = await openRunsWorld()
})
afterAll(() => world.close())

/** The service to which the runs belong. Most tests need none. */
let present: Promise<unknown> | undefined
const presentService = () => (present ??= world.addService('large'))

/** More text than is sent at once, with surrogate pairs wherever it may be cut. */
const letters = `a${'😀'.repeat(300_000)}`
const resultWith = (data: Json) => ({
  id: null,
  batch_id: null,
  status: 'succeeded' as const,
  predictions: [{ index: 0, status: 'succeeded' as const, outputs: [{ name: 'text', kind: 'text', data }] }],
  metrics: {},
  logs: '',
  error: null,
})

async function openRun(input: Json = 'in'): Promise<string> {
  const made = { serviceId: 'large', release: 1, commit: null, inputData: [input], parameters: {} }
  const { run } = await world.running.runs.insert({
    ...made,
    createdById: testActor('user').id,
    createdBy: 'user-tester',
    linksOf: null,
    facts: someFacts,
  })
  return run.id
}

async function endRun(id: string, data: Json): Promise<void> {
  const result = resultWith(data)
  const resultBytes = Buffer.byteLength(JSON.stringify(result))
  const ended = { status: 'succeeded' as const, result, resultBytes, finishedAt: new Date() }
  await world.db.update(runRows).set(ended).where(eq(runRows.id, id))
}

async function storedRun(data: Json = letters, input: Json = 'in'): Promise<string> {
  const id = await openRun(input)
  await endRun(id, data)
  return id
}

/** The routes of runs with their own memory for reading. */
async function routesWith(bounds: { perPerson: number; bytes: number; waitMs?: number }, stalledMs?: number) {
  let open = 0
  const app = await createTestApp({ stranger: world.stranger }, null, {
    ...(stalledMs !== undefined && { stalledMs }),
    takeStream: () => {
      open += 1
      return () => (open -= 1)
    },
  })
  const reading = createReadingMemory({ free: 0, patienceMs: 60_000, waitMs: patienceMs, ...bounds })
  const runs = { ...world.running.runs }
  const values = vi.spyOn(runs, 'values')
  const running = { ...world.running, runs, reading }
  addRunRoutes(app, { ...running, ...world.runFiles })
  const comparisons = createComparisonsRepository({ db: world.db })
  const texts = vi.spyOn(comparisons, 'texts')
  addComparisonRoutes(app, { ...world.comparisons, comparisons, running })
  const read = (path: string, role = 'user', headers: Record<string, string> = {}) =>
    app.inject({ url: `/api/v1${path}`, headers: { 'x-test-role': role, ...headers } })
  return { app, reading, values, texts, comparisons, read, openStreams: () => open }
}
const mebibyte = 1024 ** 2

test('nothing large is read for somebody who may not see the run', async () => {
  const id = await storedRun()
  const { read, values, app } = await routesWith({ bytes: 64 * mebibyte, perPerson: 64 * mebibyte })
  for (const path of [`/runs/${id}`, `/runs/${id}/events`])
    expect((await read(path, 'stranger')).statusCode).toBe(404)
  expect(values).not.toHaveBeenCalled()
  await app.close()
})

test('a reader who finds no free memory is told so, and nothing is read; with free memory they get the stored text', async () => {
  const id = await storedRun()
  const { read, reading, values, app } = await routesWith({ bytes: 10, perPerson: 10, waitMs: 20 })
  const others = [reading.open('one'), reading.open('other')]
  // One of them exceeds the memory, and the other one fills it.
  for (const [at, other] of others.entries()) await other.take(at === 0 ? 20 : 10)
  const refused = await read(`/runs/${id}`)
  expect([refused.statusCode, refused.json().error.code, refused.headers['retry-after']]).toEqual([
    503,
    'quota.reading',
    '5',
  ])
  expect(values).not.toHaveBeenCalled()
  for (const other of others) other.end()
  const answer = runForm.parse((await read(`/runs/${id}`)).json())
  expect(answer).toMatchObject({ id, service_id: 'large', input_data: ['in'], result: resultWith(letters) })
  await app.close()
})

test('a result that is stored while a reader waits for memory is not read, because no memory was taken for it', async () => {
  const id = await openRun()
  const found = await findRun(world.running, { actor: testActor('user'), id })
  const take = vi.fn(() => endRun(id, letters))
  const values = await readValues(world.running, found, { take })
  expect(take).toHaveBeenCalledOnce()
  expect(values).toEqual({ inputData: '["in"]', parameters: '{}', result: null, logs: '' })
  const ended = await findRun(world.running, { actor: testActor('user'), id })
  expect(await readValues(world.running, ended, { take: async () => {} })).toMatchObject({
    result: expect.stringContaining(letters),
  })
})

test('each answer gives its memory back, however many there are', async () => {
  const id = await storedRun()
  const { read, app } = await routesWith({ bytes: 8 * mebibyte, perPerson: 8 * mebibyte })
  const paths = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? `/runs/${id}` : `/runs/${id}/events`))
  const answers = await Promise.all(paths.map((path) => read(path)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(paths.map(() => 200))
  expect(answers.every(({ body }) => body.includes(letters))).toBe(true)
  await app.close()
})

test('a long answer is compressed on its way', async () => {
  const id = await storedRun()
  const { read, app } = await routesWith({ bytes: 64 * mebibyte, perPerson: 64 * mebibyte })
  const sent = await read(`/runs/${id}`, 'user', { 'accept-encoding': 'br' })
  expect(sent.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-language, accept-encoding' })
  const open = JSON.parse(brotliDecompressSync(sent.rawPayload).toString('utf8'))
  expect(runForm.parse(open).result).toEqual(resultWith(letters))
  await app.close()
})

test('a list leaves large values out without reading them, and takes memory for the others', async () => {
  await storedRun()
  const id = await storedRun('short')
  const { read, app } = await routesWith({ bytes: mebibyte, perPerson: mebibyte })
  const answer = pageOf(runForm).parse((await read('/runs?page_size=2')).json())
  expect(answer.items.map(({ result }) => result)).toEqual([resultWith('short'), null])
  expect(answer.items[0]?.id).toBe(id)
  await app.close()
})

test('a value that the database writes longer than it was stored counts with the length that the database writes', async () => {
  // Each number had six characters when it was stored. The database writes it with 301 digits.
  const id = await storedRun(Array.from({ length: 1_000 }, () => 1e300))
  const { read, app } = await routesWith({ bytes: mebibyte, perPerson: mebibyte })
  const listed = pageOf(runForm).parse((await read('/runs?page_size=1')).json())
  expect(listed.items).toMatchObject([{ id, result: null }])
  expect(await world.running.runs.valueBytes(id, 'all')).toBeGreaterThan(300_000)
  await app.close()
})

test('a cover leaves out an input that is too large for it in the database', async () => {
  await presentService()
  const samples = createRunSamplesRepository({ db: world.db })
  const id = await storedRun(
    'short',
    Array.from({ length: 60_000 }, () => 1e300),
  )
  const result = expect.stringContaining('short')
  expect(await samples.covers([id])).toEqual([{ id, input: null, result }])
  expect((await samples.chosenCovers([id])).get(id)?.bytes).toBeLessThan(1_000)
  const usual = await storedRun('short', 'in')
  expect(await samples.covers([usual])).toEqual([{ id: usual, input: '"in"', result }])
})

test('the runs that show a demo input are found without reading any input', async () => {
  await presentService()
  const samples = createRunSamplesRepository({ db: world.db })
  const input = { text: 'same', 'key order': 1 }
  const ids = [
    await storedRun('short', input),
    await storedRun('short', input),
    await storedRun('short', 'x'),
  ]
  const asked = { serviceId: 'large', createdById: testActor('user').id }
  const found = await samples.goodRunsOf(asked, [
    { input_data: [{ 'key order': 1.0, text: 'same' }], parameters: {} },
    { input_data: ['x'], parameters: {} },
    { input_data: ['x'], parameters: { top: 1 } },
    { input_data: ['x'], parameters: {} },
  ])
  const [older, newer, other] = ids.map((id) => found.find((each) => each.id === id)?.given)
  expect([older, newer, other]).toEqual([[0], [0], [1, 3]])
  expect(found.findIndex(({ id }) => id === ids[1])).toBeLessThan(found.findIndex(({ id }) => id === ids[0]))
  expect(await samples.goodRunsOf(asked, [])).toEqual([])
})

test('an answer or stream whose reader takes nothing ends, and gives its memory and its place back', async () => {
  // More than the buffers of a connection hold.
  const large = 'x'.repeat(40 * mebibyte)
  const id = await storedRun(large)
  const all = 4_000 * mebibyte
  const { app, openStreams, reading, values, texts, comparisons } = await routesWith(
    { bytes: all, perPerson: all },
    50,
  )
  const { id: compared } = await comparisons.insert({
    title: '',
    inputData: [large],
    createdById: testActor('user').id,
    createdBy: 'user-tester',
    cells: [{ target: { service_id: 'large', parameters: {} }, run_id: id }],
  })
  // One reading may always exceed the memory. This one does, so all others get only what is free.
  const beyond = reading.open('other')
  await beyond.take(all + 1)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { 'x-test-role': 'user' }
  for (const [path, isRead] of [
    [`/runs/${id}/events`, values],
    [`/runs/${id}`, values],
    [`/comparisons/${compared}`, texts],
  ] as const) {
    const request = get(`${origin}/api/v1${path}`, { headers })
    request.on('error', () => undefined)
    const answer = await new Promise((resolve) => request.once('response', resolve))
    expect(answer).toMatchObject({ statusCode: 200 })
    await vi.waitFor(() => expect(isRead).toHaveBeenCalled(), { timeout: patienceMs })
    isRead.mockClear()
    // Nobody reads the answer. All memory is free again once it has ended.
    const next = reading.open(testActor('user').id)
    await next.take(all)
    next.end()
    await vi.waitFor(() => expect(openStreams()).toBe(0), { timeout: patienceMs })
    request.destroy()
  }
  beyond.end()
  await app.close()
})

test('what was read is not sent if others needed its memory before', async () => {
  const memory = createReadingMemory({ free: 0, patienceMs: 1, waitMs: patienceMs, bytes: 10, perPerson: 10 })
  const [reading, other] = [memory.open('one'), memory.open('other')]
  await reading.take(20)
  expect(textAnswer(reading, ['{}']).pieces).toEqual(['{}'])
  const waiting = other.take(20)
  await new Promise((resolve) => reading.signal.addEventListener('abort', resolve))
  const refused = expect.objectContaining({ code: 'quota.reading', status: 503 })
  expect(() => textAnswer(reading, ['{}'])).toThrow(refused)
  expect(() => longAnswer(reading, {})).toThrow(refused)
  reading.end()
  await waiting
})

test('an event is written once for all readers of a kind', () => {
  const event: RunEvent = {
    event: 'output',
    data: { index: 0, outputs: [{ name: 'text', kind: 'text', data: letters }] },
  }
  const view = viewFor({ language: 'zh', mayReadLogs: true, mayReadPorts: true })
  const shown = vi.fn(view.shown)
  const [first, second] = [1, 2].map(() => writtenEvent(event, { ...view, shown }))
  expect(first?.data.text).toBe(JSON.stringify(event.data))
  expect(second?.data).toBe(first?.data)
  expect(shown).toHaveBeenCalledTimes(1)
  writtenEvent(event, { ...view, shown, key: 'other' })
  expect(shown).toHaveBeenCalledTimes(2)
})

test('a large result does not wait in memory for a reader: it is read from the database when its turn comes', async () => {
  const id = await storedRun()
  const found = await world.running.runs.brief(id)
  if (!found) throw new Error('the run was stored')
  const asked = { found: { ...found, active: null, hidesLogs: false }, reader: testActor('user') }
  const waiting: WaitingEvent[] = []
  const ended = vi.fn()
  const follow = (_id: string, listener: (event: RunEvent, hasEnded: boolean) => void) => {
    listener({ event: 'completed', data: resultWith(letters) }, false)
    const whole = { ...found.run, input_data: [], parameters: {}, result: resultWith(letters), logs: '' }
    listener({ event: 'status', data: whole }, true)
    return () => {}
  }
  const view = viewFor({ language: 'en', mayReadLogs: true, mayReadPorts: true })
  followRun({ follow }, { push: (event) => void waiting.push(event) }, { ...asked, view }, ended)
  expect(waiting).toEqual([{ id, end: expect.anything(), isToldResult: false }])
  expect(ended).toHaveBeenCalledOnce()
})
