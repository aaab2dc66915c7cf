import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { sendObject } from './send-object.ts'
import { sendEvents, sendEventsOf } from './sse.ts'

const open = { config: { access: 'public' } } as const

async function openApp() {
  const app = await createTestApp()
  onTestFinished(() => app.close())
  return app
}

test('HEAD for what a route sends as a stream ends the stream unread', async () => {
  const app = await openApp()
  const read = vi.fn(function give(this: Readable) {
    this.push('x')
  })
  const source = new Readable({ read })
  const closed = once(source, 'close')
  app.get('/file', open, (_request, reply) => reply.type('text/csv').send(source))
  const answer = await app.inject({ method: 'HEAD', url: '/file' })
  await closed
  expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([200, '', 'text/csv'])
  expect(read).not.toHaveBeenCalled()
})

test('a stream that reports as an error that it was ended early does not make HEAD fail', async () => {
  const app = await openApp()
  const source = new Readable({
    read() {},
    destroy: (_error, done) => done(new Error('ended early')),
  })
  const closed = new Promise((resolve) => source.once('close', resolve))
  app.get('/file', open, (_request, reply) => reply.send(source))
  expect((await app.inject({ method: 'HEAD', url: '/file' })).statusCode).toBe(200)
  await closed
})

test('HEAD for an event stream is answered at once, and nothing is followed for it', async () => {
  const app = await openApp()
  const source = vi.fn(async function* (): AsyncGenerator<never[]> {})
  const follow = vi.fn(() => () => {})
  app.get('/parts', { ...open, sse: 'only' }, (request, reply) => sendEventsOf(request, reply, source))
  app.get('/events', { ...open, sse: 'only' }, (request, reply) => sendEvents(request, reply, follow))
  for (const url of ['/parts', '/events']) {
    const { statusCode, headers } = await app.inject({ method: 'HEAD', url })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/event-stream'])
  }
  expect([source.mock.calls.length, follow.mock.calls.length]).toEqual([0, 0])
})

test('HEAD for an object states its length without opening it, and the range of a HEAD does not count', async () => {
  const app = await openApp()
  const read = vi.fn(async () => Readable.from(['0123456789']))
  const objects = { size: async () => 10, read }
  app.get('/object', open, (request, reply) =>
    sendObject(objects, { request, reply }, { key: 'abcd', mime: 'video/mp4', name: 'a.mp4' }),
  )
  const { statusCode, headers } = await app.inject({
    method: 'HEAD',
    url: '/object',
    headers: { range: 'bytes=2-4' },
  })
  expect([statusCode, headers['content-length'], headers.etag]).toEqual([200, '10', '"abcd"'])
  expect(read).not.toHaveBeenCalled()
})
