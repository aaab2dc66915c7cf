import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { createTestApp, testActor } from '../../../../tests/support/test-app.ts'
import { databaseUnavailable } from '../adapters/database/database.errors.ts'
import { portTaken } from '../modules/ports/ports.errors.ts'
import { disconnectSignal } from './client-disconnect.ts'
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
    const signal = disconnectSignal(reply)
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

test('who holds a taken port is told only to those who may read the ports of the machine', async () => {
  const user = testActor('user')
  const others = [...user.permissions].filter((permission) => permission !== 'ports.read')
  const app = await createTestApp({
    user,
    portless: { ...user, permissions: new Set(others) },
    limited: { ...user, kind: 'key', serviceIds: ['mine'] },
  })
  ends.push(() => app.close())
  const holder = { pid: 4711, command: '/opt/billing/run --secret' }
  addRoute(app, 'GET /setup', () => {
    throw portTaken({ port: 9001, holder, nearest_free: 9002 })
  })
  const shownTo = async (role: string) =>
    (await app.inject({ url: '/api/v1/setup', headers: { 'x-test-role': role } })).json().error
  expect((await shownTo('user')).details).toMatchObject({ port: 9001, holder, nearest_free: 9002 })
  for (const role of ['portless', 'limited', 'nobody']) {
    const error = await shownTo(role)
    expect([error.code, error.details]).toEqual(['port.taken', {}])
    expect(error.message).not.toMatch(/4711|billing/)
  }
})

test('while the database does not answer, a question may be repeated by a program, and a change is looked for first', async () => {
  const app = await createTestApp({ admin: testActor('admin') })
  ends.push(() => app.close())
  const fail = () => Promise.reject(databaseUnavailable({}))
  addRoute(app, 'GET /setup', fail)
  addRoute(app, 'POST /auth/login', fail)
  const question = await app.inject({ url: '/api/v1/setup' })
  const change = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { username: 'anna', password: 'correct horse battery' },
  })
  expect([question.statusCode, question.headers['retry-after']]).toEqual([503, '5'])
  expect([change.statusCode, change.headers['retry-after']]).toEqual([503, undefined])
  const { message } = change.json().error
  expect(message).toContain('无法确定刚才的修改是否已保存')
})

test.each([
  ['a file', Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' })],
  [
    'a row',
    new Error('Failed query: insert', {
      cause: Object.assign(new Error('could not extend file'), { code: '53100' }),
    }),
  ],
])(
  'if the disk has no room for %s, the answer says so and not that the platform is broken',
  async (_what, full) => {
    const app = await createTestApp({})
    ends.push(() => app.close())
    addRoute(app, 'GET /setup', () => Promise.reject(full))
    const answer = await app.inject({ url: '/api/v1/setup', headers: { 'accept-language': 'en' } })
    expect([answer.statusCode, answer.json().error.code]).toEqual([507, 'internal.disk_full'])
    expect(answer.json().error.message).toContain('disk is full')
  },
)
