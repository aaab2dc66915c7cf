import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { KeptAnswer, sendKeptAnswer, type KeptAnswers } from './kept-answer.ts'

const answers: KeptAnswers = new Map()
/** What the answer says now, and what it depends on. */
let now = { version: '1', value: 'a'.repeat(5000) }
let made = 0
let fails = false

let app: FastifyInstance
beforeAll(async () => {
  app = await createTestApp()
  app.get('/kept', { config: { access: 'self' } }, (_request, reply) => {
    const { version, value } = now
    const make = async () => {
      made += 1
      if (fails) throw new Error('the database does not answer')
      return { value }
    }
    return sendKeptAnswer(reply, new KeptAnswer(answers, { name: 'one', version, make }))
  })
})
afterAll(() => app.close())
beforeEach(() => {
  answers.clear()
  made = 0
  fails = false
})

const ask = (headers: Record<string, string> = {}) =>
  app.inject({ url: '/kept', headers: { 'x-test-role': 'admin', ...headers } })

test('an answer is made once for all readers of a version, in each coding that they take', async () => {
  const text = JSON.stringify({ value: now.value })
  const [plain, br, gzip, again] = await Promise.all([
    ask(),
    ask({ 'accept-encoding': 'br' }),
    ask({ 'accept-encoding': 'gzip' }),
    ask({ 'accept-encoding': 'br' }),
  ])
  expect(plain.payload).toBe(text)
  expect(plain.headers).toMatchObject({ 'content-length': String(text.length), vary: 'accept-encoding' })
  for (const one of [br, again]) {
    expect(one.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' })
    expect(brotliDecompressSync(one.rawPayload).toString()).toBe(text)
  }
  expect(gunzipSync(gzip.rawPayload).toString()).toBe(text)
  expect(made).toBe(1)
})

test('who has the version that counts gets no body, and with the next one the new body', async () => {
  const etag = String((await ask({ 'accept-encoding': 'br' })).headers.etag)
  const known = await ask({ 'if-none-match': etag })
  expect([known.statusCode, known.payload, known.headers.etag]).toEqual([304, '', etag])
  expect(known.headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'accept-encoding' })
  now = { version: '2', value: 'b' }
  const next = await ask({ 'if-none-match': etag })
  expect([next.statusCode, next.json()]).toEqual([200, { value: 'b' }])
  expect(next.headers.etag).not.toBe(etag)
})

test('HEAD has the headers alone', async () => {
  const { payload, headers } = await app.inject({
    method: 'HEAD',
    url: '/kept',
    headers: { 'x-test-role': 'admin' },
  })
  expect([payload, headers['content-length']]).toEqual([
    '',
    String(JSON.stringify({ value: now.value }).length),
  ])
})

test('an answer that could not be made is made again for the next reader', async () => {
  fails = true
  expect((await ask()).statusCode).toBe(500)
  fails = false
  expect((await ask()).json()).toEqual({ value: now.value })
  expect(made).toBe(2)
})
