import { expect, test } from 'vitest'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { addRoute } from './route.ts'

/** The sentence and the reason in the answer to a body that is no JSON. */
async function refusalOf(payload: string, language: string) {
  const app = await createTestApp()
  addRoute(app, 'POST /auth/login', async () => {
    throw new Error('a body that is no JSON got as far as its route')
  })
  const headers = { 'content-type': 'application/json', 'accept-language': language }
  const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/login', headers, payload })
  await app.close()
  expect(answer.statusCode).toBe(400)
  const { code, message, details } = answer.json().error
  expect(code).toBe('request.malformed')
  return { message, reason: details.reason }
}

test.each([
  ['{"username": "ann", "password":', 'zh-CN', '请求体不是完整的 JSON，它在结束之前就断了'],
  ['{"username": "ann", "password":', 'en', 'the body is not complete JSON: it ends too early'],
  ["{'username': 'ann'}", 'zh-CN', '请求体不是有效的 JSON（第 1 行第 2 列）'],
  ['{\n  "username": "ann",\n}', 'en', 'the body is not valid JSON (line 3, column 1)'],
  ['', 'zh-CN', '请求体是空的，而这里需要 JSON'],
  ['{"__proto__": {}}', 'en', 'the body has a key that is not allowed: __proto__ or constructor.prototype'],
])('the body %j is refused in words of the reader (%s)', async (body, language, reason) => {
  const refusal = await refusalOf(body, language)
  expect(refusal.reason).toBe(reason)
  expect(refusal.message).toContain(reason)
})

test('the refusal does not repeat what was sent, which may be a password', async () => {
  expect(JSON.stringify(await refusalOf('secret-word', 'en'))).not.toContain('secret-word')
})
