import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { goneSignal } from './gone.ts'
import { addRoute } from './route.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** What is logged when the client of a request leaves and the work for it then fails. */
async function loggedAfterLeaving(failWith: (signal: AbortSignal) => void): Promise<unknown> {
  const lines = new PassThrough()
  const logger = pino({ level: 'info' }, lines)
  const app = await createTestApp({}, null, { logger })
  ends.push(() => app.close())
  const client = new AbortController()
  addRoute(app, 'GET /setup', async (_given, { reply }) => {
    const signal = goneSignal(reply)
    const left = new Promise((resolve) => signal.addEventListener('abort', resolve))
    client.abort()
    await left
    failWith(signal)
    return { required: true }
  })
  // Fastify logs the address at which it listens.
  app.log.level = 'silent'
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  app.log.level = 'info'
  await expect(fetch(`${origin}/api/v1/setup`, { signal: client.signal })).rejects.toThrow()
  const [line] = await once(lines, 'data')
  return JSON.parse(String(line))
}

test('work that ends because its client left is logged as left, not as an error', async () => {
  const logged = await loggedAfterLeaving((signal) => signal.throwIfAborted())
  expect(logged).toMatchObject({ level: 30, msg: 'client left before its answer' })
})

test('any other failure is logged as an error, also when its client has left', async () => {
  const logged = await loggedAfterLeaving(() => {
    throw new Error('relation "users" does not exist')
  })
  expect(logged).toMatchObject({ level: 50, msg: 'request failed' })
})
