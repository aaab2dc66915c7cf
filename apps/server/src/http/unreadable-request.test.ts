import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody } from '@vitrine/contract'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { addRoute } from './route.ts'

let app: FastifyInstance
let port: number
beforeAll(async () => {
  app = await createTestApp()
  addRoute(app, 'GET /setup', async () => ({ required: true }))
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => app.close())

/** The status, headers and error of the answer to these bytes. */
async function answerTo(bytes: string) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head, error: errorBody.parse(JSON.parse(body)).error }
}

test('a request with a method that HTTP does not know is refused in the form of all errors', async () => {
  const { status, head, error } = await answerTo('FOO /api/v1/setup HTTP/1.1\r\nhost: a\r\n\r\n')
  expect([status, error.code, error.details]).toEqual([
    400,
    'request.malformed',
    {
      reason: 'Parse Error: Invalid method encountered',
    },
  ])
  expect(head).toContain(`x-request-id: ${error.request_id}`)
  expect(head).toContain('content-type: application/json; charset=utf-8')
})

test('so is one with headers that are too large', async () => {
  const { status, error } = await answerTo(
    `GET /api/v1/setup HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
  )
  expect([status, error.code]).toEqual([431, 'request.headers_too_large'])
})
