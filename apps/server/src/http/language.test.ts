import { expect, onTestFinished, test } from 'vitest'
import { createTestApp, testActor } from '../../../../tests/support/test-app.ts'

/** The language of the answer to each request, where the account `user` has chosen English. */
async function openApp() {
  const asked: string[] = []
  const app = await createTestApp({}, null, {
    languageOfAccount: async (userId) => {
      asked.push(userId)
      return userId === testActor('user').id ? 'en' : null
    },
  })
  onTestFinished(() => app.close())
  const messageFor = async (headers: Record<string, string>): Promise<string> =>
    (await app.inject({ url: '/api/v1/nothing', headers })).json().error.message
  return { asked, messageFor }
}

const english = /^[\x20-\x7e]+$/

test('a request that names no language is answered in the language of the account', async () => {
  const { messageFor } = await openApp()
  expect(await messageFor({ 'x-test-role': 'user' })).toMatch(english)
  expect(await messageFor({ 'x-test-role': 'reading-key' })).toMatch(english)
  expect(await messageFor({ 'x-test-role': 'user', 'accept-language': 'fr' })).toMatch(english)
  expect(await messageFor({ 'x-test-role': 'configurer' })).not.toMatch(english)
})

test('one that names a language is answered in that, and the account is not asked', async () => {
  const { asked, messageFor } = await openApp()
  expect(await messageFor({ 'x-test-role': 'user', 'accept-language': 'zh-CN' })).not.toMatch(english)
  expect(await messageFor({ 'x-test-role': 'configurer', 'accept-language': 'en' })).toMatch(english)
  expect(await messageFor({})).not.toMatch(english)
  expect(asked).toEqual([])
})
