import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody } from '@vitrine/contract'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { addRoute } from './route.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = await createTestApp()
  addRoute(app, 'GET /setup', async () => ({ required: true }))
  addRoute(app, 'GET /ports', async () => ({ items: [], total: 0 }))
  addRoute(app, 'POST /services/deploy', async () => ({ task_id: 'none', service_id: 'none' }))
  addRoute(app, 'POST /auth/logout', async () => undefined)
  addRoute(app, 'POST /auth/login', async () => {
    throw new Error('relation "users" does not exist')
  })
  await app.ready()
})
afterAll(() => app.close())

const errorOf = (payload: string) => errorBody.parse(JSON.parse(payload)).error

test('a route without an access rule cannot be added', () => {
  expect(() => app.get('/loose', async () => 'open')).toThrow()
})

test('pages take scripts only from the folder of the build, wherever the platform is reached', async () => {
  for (const host of ['vitrine.example', '[::1]:8000']) {
    const { headers } = await app.inject({ url: '/api/v1/setup', headers: { host } })
    const [places, rest] = String(headers['content-security-policy']).split(', ')
    expect(places).toMatch(/^script-src http:\/\/\*:\*\/assets\/ https:\/\/\*:\*\/assets\/ /)
    expect(rest).toMatch(/^default-src 'self';/)
  }
})

test('with the level debug, each answer is in the log, by its route and not by its address', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const told = await createTestApp({}, null, { logger })
  addRoute(told, 'GET /public/shares/{token}', async () => {
    throw new Error('unused')
  })
  const ask = () =>
    told.inject({ url: '/api/v1/public/shares/secret-token-9', headers: { 'x-test-role': 'user' } })
  const answers = () => lines.filter((line) => line.includes('"answered"'))
  await ask()
  expect(answers()).toEqual([])
  logger.level = 'debug'
  const { statusCode } = await ask()
  await expect.poll(answers).toHaveLength(1)
  expect(JSON.parse(answers()[0] ?? '')).toMatchObject({
    method: 'GET',
    route: '/api/v1/public/shares/:token',
    status: statusCode,
    actor: 'user-tester',
    ms: expect.any(Number),
  })
  expect(answers()[0]).not.toContain('secret-token-9')
  await told.close()
})

test.each(['/api/v1/public/shares/TOKEN/none', '/%73/TOKEN%ff', '/api/v1/public/%73hares/TOKEN/none'])(
  'a refusal is in the log without the token of a share link (%s)',
  async (url) => {
    const lines: string[] = []
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const told = await createTestApp({}, null, { logger })
    const { statusCode } = await told.inject({ url })
    await told.close()
    const refused = lines.filter((line) => line.includes('"request refused"'))
    expect([statusCode >= 400, refused.length]).toEqual([true, 1])
    expect(lines.join('')).not.toContain('TOKEN')
  },
)

test('a public route answers anybody', async () => {
  expect((await app.inject('/api/v1/setup')).json()).toEqual({ required: true })
})

test('a guarded route refuses an anonymous request with 401 and a role without the permission with 403', async () => {
  const nobody = await app.inject('/api/v1/ports')
  const viewer = await app.inject({ url: '/api/v1/ports', headers: { 'x-test-role': 'viewer' } })
  const user = await app.inject({ url: '/api/v1/ports', headers: { 'x-test-role': 'user' } })
  expect([nobody.statusCode, errorOf(nobody.payload).code]).toEqual([401, 'auth.required'])
  expect([viewer.statusCode, errorOf(viewer.payload).code]).toEqual([403, 'auth.not_permitted'])
  expect(user.statusCode).toBe(200)
})

test('a refused API key is told the scope that it needs, in the words of the page that creates keys', async () => {
  const refusal = async (language: string) => {
    const headers = { 'x-test-role': 'reading-key', 'accept-language': language }
    return errorOf((await app.inject({ method: 'POST', url: '/api/v1/services/deploy', headers })).payload)
  }
  expect(await refusal('zh')).toMatchObject({
    code: 'auth.scope_missing',
    message: '这个 API 密钥没有权限（需要“部署”权限）',
    details: { permission: 'services.deploy', scope: 'deploy' },
  })
  expect((await refusal('en')).message).toBe('This API key is not permitted (needs the scope “Deploy”)')
})

test('a body that breaks its schema is 422 and names each field', async () => {
  const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: { username: '' } })
  expect(answer.statusCode).toBe(422)
  const issues = errorOf(answer.payload).details.issues
  expect(issues).toMatchObject([{ path: 'username' }, { path: 'password' }])
})

test('a body that is not JSON is 400, an unknown content type 415', async () => {
  const post = (contentType: string) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload: '{',
      headers: { 'content-type': contentType },
    })
  expect((await post('application/json')).statusCode).toBe(400)
  expect((await post('text/csv')).statusCode).toBe(415)
})

test('an empty body with the content type JSON counts as no body: accepted where none is needed, else 400', async () => {
  const post = (url: string) =>
    app.inject({
      method: 'POST',
      url: `/api/v1${url}`,
      payload: '',
      headers: { 'content-type': 'application/json', 'content-length': '0', 'x-test-role': 'user' },
    })
  expect((await post('/auth/logout')).statusCode).toBe(204)
  expect((await post('/auth/login')).statusCode).toBe(400)
})

test('a body with half a surrogate pair is 422, however deeply it is nested', async () => {
  const deep = 30_000
  const payload = `{"username": ${'['.repeat(deep)}"\\ud800"${']'.repeat(deep)}}`
  const headers = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/login', headers, payload })
  expect(answer.statusCode).toBe(422)
  expect(answer.json().error.code).toBe('request.text_unstorable')
})

test('who has not signed in can send no more than 64 KiB of JSON: it would be parsed before anybody is asked who they are', async () => {
  const post = (length: number) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload: { username: 'a'.repeat(length) },
    })
  expect((await post(65_000)).statusCode).toBe(422)
  const refused = await post(66_000)
  expect([refused.statusCode, errorOf(refused.payload).details]).toEqual([413, { limit_bytes: 65_536 }])
})

test('an unexpected error is a plain 500 that does not reveal its cause', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { username: 'a', password: 'b' },
    headers: { 'accept-language': 'en' },
  })
  expect(answer.statusCode).toBe(500)
  expect(answer.payload).not.toContain('users')
  expect(errorOf(answer.payload).request_id).toBe(answer.headers['x-request-id'])
})

test('messages follow Accept-Language, with Chinese as the default', async () => {
  const inLanguage = async (language?: string) =>
    errorOf(
      (await app.inject({ url: '/api/v1/ports', headers: language ? { 'accept-language': language } : {} }))
        .payload,
    ).message
  expect(await inLanguage()).toBe('请先登录，或提供 API 密钥')
  expect(await inLanguage('en-GB,en;q=0.9')).toBe('Sign in, or provide an API key')
})

test('an unknown address is 404 in the error form', async () => {
  const answer = await app.inject('/api/v1/nothing?x=1')
  expect([answer.statusCode, errorOf(answer.payload)]).toMatchObject([
    404,
    { details: { path: '/api/v1/nothing' } },
  ])
})
