import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { createReadingMemory } from '../modules/quotas/reading-memory.ts'
import type { OpenBody } from './json-body.ts'
import { leaveBodiesUnread } from './unread-bodies.ts'

/** Large JSON bodies, whose memory together is bounded. */

const mebibyte = 1024 ** 2
/** A body of so many letters. */
const large = (letters: number) => JSON.stringify('x'.repeat(letters))

/** An app with one route, whose answers wait until `release` is called for each. */
async function openApp(bounds: { bytes: number; patienceMs?: number }) {
  const bodies = createReadingMemory({
    patienceMs: 60_000,
    waitMs: patienceMs,
    free: 0,
    ...bounds,
    perPerson: bounds.bytes,
  })
  const asked: string[] = []
  const openBody: OpenBody = ({ headers }) => {
    const person = String(headers['x-person'])
    const hold = bodies.open(person)
    return {
      ...hold,
      take(bytes) {
        asked.push(person)
        return hold.take(bytes)
      },
    }
  }
  const app = await createTestApp({}, null, { openBody })
  onTestFinished(() => app.close())
  const entered: string[] = []
  const waiting: (() => void)[] = []
  app.post('/echo', { config: { access: 'public' } }, async ({ headers, body }) => {
    entered.push(String(headers['x-person']))
    await new Promise<void>((resolve) => waiting.push(resolve))
    return { letters: String(body).length }
  })
  const send = (person: string, payload: string | Buffer) =>
    app
      .inject({
        method: 'POST',
        url: '/echo',
        payload,
        headers: { 'content-type': 'application/json', 'x-person': person },
      })
      .then((answer) => answer)
  /** Says whether one waited. */
  const release = () => {
    const next = waiting.shift()
    next?.()
    return next !== undefined
  }
  return { app, send, asked, entered, release }
}

test('a body whose values would take too much memory is refused before it is parsed', async () => {
  const { send, entered } = await openApp({ bytes: 512 * mebibyte })
  const answer = await send('one', `[${'[],'.repeat(2_000_000)}[]]`)
  expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'request.too_many_values'])
  expect(entered).toEqual([])
})

test('a large body is weighed as the bytes that it came in, and made a text once', async () => {
  const { send, release } = await openApp({ bytes: 512 * mebibyte })
  const body = Buffer.from(large(mebibyte))
  const copied = vi.spyOn(Buffer, 'from')
  const written = vi.spyOn(Buffer.prototype, 'toString')
  onTestFinished(() => [copied, written].forEach((each) => each.mockRestore()))
  const answer = send('one', body)
  await expect.poll(() => release()).toBe(true)
  expect((await answer).json()).toEqual({ letters: mebibyte })
  const isLarge = (bytes: { length: number }) => bytes.length >= mebibyte
  expect(copied.mock.calls.filter(([text]) => typeof text === 'string' && isLarge(text))).toEqual([])
  expect(written.mock.contexts.filter(isLarge)).toHaveLength(1)
})

test('letters of several bytes come whole, in a large body and in a small one', async () => {
  const { app } = await openApp({ bytes: 512 * mebibyte })
  app.post('/same', { config: { access: 'public' } }, async ({ body }) => ({ body }))
  for (const text of ['智能😀', '智能😀'.repeat(50_000)]) {
    const answer = await app.inject({ method: 'POST', url: '/same', payload: { text } })
    expect(answer.json()).toEqual({ body: { text } })
  }
})

test('a large body waits until those of others are answered, and a small one does not', async () => {
  const { send, asked, entered, release } = await openApp({ bytes: mebibyte })
  // Beyond the memory, as one may be.
  const first = send('one', large(mebibyte))
  await expect.poll(() => entered).toEqual(['one'])
  const second = send('two', large(mebibyte))
  const small = send('three', large(1_000))
  await expect
    .poll(() => [asked, entered])
    .toEqual([
      ['one', 'one', 'two'],
      ['one', 'three'],
    ])
  release()
  expect((await first).json()).toEqual({ letters: mebibyte })
  await expect.poll(() => entered).toEqual(['one', 'three', 'two'])
  release()
  release()
  expect((await small).json()).toEqual({ letters: 1_000 })
  expect((await second).json()).toEqual({ letters: mebibyte })
})

test('a route with a parser of its own for a type that is named after JSON takes room as others do', async () => {
  const { app, asked } = await openApp({ bytes: 512 * mebibyte })
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const types = ['application/json', 'application/vnd.own+json']
    scope.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.post('/own', { config: { access: 'public' } }, async () => 'read')
  })
  for (const type of ['application/json', 'application/vnd.own+json; charset=utf-8']) {
    const headers = { 'content-type': type, 'x-person': type }
    await app.inject({ method: 'POST', url: '/own', payload: large(mebibyte), headers })
  }
  expect(asked).toEqual(['application/json', 'application/vnd.own+json; charset=utf-8'])
})

test('a route that streams its bodies takes no room for them, whatever type they state', async () => {
  const { app, asked } = await openApp({ bytes: mebibyte })
  await app.register(async (scope) => {
    leaveBodiesUnread(scope)
    scope.put('/stream', { config: { access: 'public' } }, async ({ raw }) => {
      let bytes = 0
      for await (const piece of raw) bytes += Buffer.from(piece).length
      return { bytes }
    })
  })
  const answer = await app.inject({
    method: 'PUT',
    url: '/stream',
    payload: large(mebibyte),
    headers: { 'content-type': 'application/json' },
  })
  expect([answer.json(), asked]).toEqual([{ bytes: mebibyte + 2 }, []])
})

test('somebody who does not send on loses the connection when others wait for the memory', async () => {
  const { app, send, asked, entered, release } = await openApp({ bytes: mebibyte, patienceMs: 1 })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const slow = connect(Number(port), '127.0.0.1').on('error', () => undefined)
  const closed = once(slow, 'close')
  slow.write(
    [
      'POST /echo HTTP/1.1',
      'host: x',
      'x-person: slow',
      'content-type: application/json',
      `content-length: ${mebibyte}`,
      '',
      '"x',
    ].join('\r\n'),
  )
  await expect.poll(() => asked).toEqual(['slow'])
  const other = send('other', large(mebibyte))
  await closed
  await expect.poll(() => entered).toEqual(['other'])
  release()
  expect((await other).statusCode).toBe(200)
})
