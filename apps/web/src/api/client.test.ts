// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { api, ApiError, apiUrl, upload } from './client.ts'
import { hasAccessToken, onSessionEnded, refreshAccess, setAccessToken } from './token.ts'

type Seen = {
  url: string
  method: string
  authorization: string | null
  language: string | null
  body: string
}
let seen: Seen[] = []
let answer: (request: Seen) => Response | Promise<Response>

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
const user = {
  id: '00000000-0000-4000-8000-000000000001',
  username: 'li',
  role: 'user',
  disabled: false,
  created_at: '2026-01-01T00:00:00Z',
  custom_role: null,
  last_login_at: null,
}
const signedIn = (token: string) => ({ access_token: token, token_type: 'bearer', expires_in: 900, user })
const expired = () =>
  json(401, { error: { code: 'auth.expired', message: '已过期', details: {}, request_id: 'r1' } })

beforeEach(() => {
  seen = []
  document.documentElement.lang = 'en'
  setAccessToken('old')
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    const request = {
      url,
      method: init.method ?? 'GET',
      authorization: headers.get('authorization'),
      language: headers.get('accept-language'),
      body: typeof init.body === 'string' ? init.body : '',
    }
    seen.push(request)
    return await answer(request)
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  // The next file of this process has the same document.
  document.documentElement.lang = ''
  setAccessToken(null)
  onSessionEnded(() => undefined)
})

describe('a call of the API', () => {
  test('sends its token, its language and its body, and returns the answer', async () => {
    answer = () => json(202, { task_id: 't', service_id: 's' })
    const task = await api('POST /services/deploy', { body: { algorithm_id: 'a' } })
    expect(task).toEqual({ task_id: 't', service_id: 's' })
    expect(seen).toEqual([
      {
        url: '/api/v1/services/deploy',
        method: 'POST',
        authorization: 'Bearer old',
        language: 'en',
        body: '{"algorithm_id":"a"}',
      },
    ])
  })

  test('escapes values in the address and leaves out empty ones', () => {
    expect(
      apiUrl('/a/{id}/b', { params: { id: 'x/../y' }, query: { q: '', page: 2, sort: undefined } }),
    ).toBe('/api/v1/a/x%2F..%2Fy/b?page=2')
  })

  test('returns nothing for an answer without a body', async () => {
    answer = () => new Response(null, { status: 204 })
    await expect(api('POST /auth/logout')).resolves.toBeUndefined()
  })

  test('fails with the server’s code, sentence, details and request id', async () => {
    answer = () =>
      json(
        429,
        { error: { code: 'auth.limited', message: 'slow down', details: { wait_s: 4 }, request_id: 'r9' } },
        { 'Retry-After': '4' },
      )
    const error = await api('GET /auth/me').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 'auth.limited',
      message: 'slow down',
      details: { wait_s: 4 },
      requestId: 'r9',
      status: 429,
      retryAfterS: 4,
    })
  })

  test('fails as unreadable when a proxy answers in HTML', async () => {
    answer = () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'X-Request-Id': 'r2' } })
    await expect(api('GET /auth/me')).rejects.toMatchObject({
      code: 'unreadable',
      status: 502,
      requestId: 'r2',
    })
  })

  test('fails as unreadable when a proxy answers with a page as if it had succeeded', async () => {
    answer = () => new Response('<h1>Sign in</h1>')
    const error = await api('GET /auth/me').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'unreadable', status: 200 })
  })

  test('fails as network when the connection breaks in the middle of the answer', async () => {
    const broken = new ReadableStream({ pull: (stream) => stream.error(new TypeError('connection lost')) })
    answer = () => new Response(broken)
    await expect(api('GET /auth/me')).rejects.toMatchObject({ code: 'network', status: 0 })
  })

  test('fails as network when there is no answer', async () => {
    answer = () => Promise.reject(new TypeError('fetch failed'))
    await expect(api('GET /auth/me')).rejects.toMatchObject({ code: 'network', status: 0 })
  })
})

describe('an expired access token', () => {
  const server = (request: Seen) => {
    if (request.url.endsWith('/auth/refresh')) return json(200, signedIn('new'))
    return request.authorization === 'Bearer new' ? json(200, { user, permissions: [] }) : expired()
  }

  test('is refreshed once for all waiting calls, and each call is sent again', async () => {
    answer = server
    const answers = await Promise.all([api('GET /auth/me'), api('GET /auth/me'), api('GET /auth/me')])
    expect(answers.map((each) => each.user.username)).toEqual(['li', 'li', 'li'])
    expect(seen.filter(({ url }) => url.endsWith('/auth/refresh'))).toHaveLength(1)
  })

  test('is not sent with the refresh, which uses the cookie', async () => {
    answer = server
    await api('GET /auth/me')
    expect(seen.find(({ url }) => url.endsWith('/auth/refresh'))?.authorization).toBeNull()
  })

  test('is tried only once: a second 401 is the answer', async () => {
    answer = (request) => (request.url.endsWith('/auth/refresh') ? json(200, signedIn('new')) : expired())
    await expect(api('GET /auth/me')).rejects.toMatchObject({ code: 'auth.expired', status: 401 })
    expect(seen).toHaveLength(3)
  })

  test('ends the session when it cannot be refreshed, and reports it once', async () => {
    answer = expired
    const ended = vi.fn()
    onSessionEnded(ended)
    const results = await Promise.allSettled([api('GET /auth/me'), api('GET /auth/me')])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('keeps the session when the server is only starting', async () => {
    answer = (request) => (request.url.endsWith('/auth/refresh') ? json(503, {}) : expired())
    const ended = vi.fn()
    onSessionEnded(ended)
    await expect(api('GET /auth/me')).rejects.toMatchObject({ code: 'network' })
    expect(ended).not.toHaveBeenCalled()
  })

  test('keeps the session when a proxy answers the refresh with a page', async () => {
    answer = () => new Response('<h1>Sign in</h1>')
    await expect(refreshAccess()).rejects.toMatchObject({ code: 'network' })
    expect(hasAccessToken()).toBe(true)
  })

  test('leaves a failed sign-in alone, because there is no session to refresh', async () => {
    setAccessToken(null)
    answer = expired
    await expect(api('POST /auth/login', { body: { username: 'a', password: 'b' } })).rejects.toMatchObject({
      status: 401,
    })
    expect(seen).toHaveLength(1)
  })

  test('is absent at first: a visitor without a session learns this without an error', async () => {
    setAccessToken(null)
    answer = expired
    await expect(refreshAccess()).resolves.toBeNull()
  })
})

test('an upload that a proxy answers with a page as if it had succeeded fails as unreadable', async () => {
  class Request extends XMLHttpRequest {
    override status = 200
    override responseText = '<h1>Sign in</h1>'
    override send() {
      this.dispatchEvent(new ProgressEvent('load'))
    }
    override getResponseHeader() {
      return null
    }
  }
  vi.stubGlobal('XMLHttpRequest', Request)
  await expect(upload('POST /assets', new FormData())).rejects.toMatchObject({
    code: 'unreadable',
    status: 200,
  })
})
