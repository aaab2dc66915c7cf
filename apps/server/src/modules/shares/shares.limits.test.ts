import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharesWorld, refusal } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const stage = { kind: 'stage', target_id: 'echo', title: 'Look', text: 'at this' }
const runnable = { ...stage, may_run: true }
const visitor = (token: string, remote: string) => world.visitor(token, remote)

test('how many wrong passwords are free, and how long a visitor is known, are values of the configuration', async () => {
  const { token } = await world.link({ ...stage, password: 'open sesame' })
  const guest = visitor(token, '203.0.113.90')
  const tryIt = (password: string) => guest.send('/unlock', { payload: { password } })
  world.configure('shares.tries_address', 1)
  expect((await tryIt('wrong')).statusCode).toBe(401)
  expect(refusal(await tryIt('open sesame'))).toEqual([429, 'share.too_many_requests'])
  world.configure('shares.tries_address', 5)
  world.limits.keepSeconds = 86_400
  const opened = await tryIt('open sesame')
  expect([opened.statusCode, opened.cookies[0]?.maxAge]).toEqual([204, 86_400])
  world.passDays(2)
  expect(refusal(await guest.send(''))).toEqual([401, 'share.locked'])
  world.limits.keepSeconds = 7 * 86_400
  expect((await guest.send('')).statusCode).toBe(200)
})

test('how much visitors run and upload are values of the configuration, and a changed one counts at once', async () => {
  const { token } = await world.link(runnable)
  const guest = visitor(token, '203.0.113.91')
  const { requestsPerMinute, uploadBytes, uploadsPerLink } = world.limits
  const view = async () => (await guest.send('')).json().upload_limit_bytes
  expect(await view()).toBe(50 * 1024 ** 2)
  world.limits.uploadBytes = 5
  expect(await view()).toBe(5)
  expect((await guest.upload('mine.txt', 'my words')).statusCode).toBe(413)
  world.limits.uploadBytes = uploadBytes
  expect((await guest.upload('mine.txt', 'my words')).statusCode).toBe(201)
  world.limits.uploadsPerLink = 1
  expect(refusal(await guest.upload('more.txt', 'more words'))).toEqual([409, 'share.uploads_full'])
  world.limits.uploadsPerLink = uploadsPerLink
  world.limits.requestsPerMinute = 3
  expect(refusal(await guest.upload('more.txt', 'more words'))).toEqual([429, 'share.too_many_requests'])
  world.limits.requestsPerMinute = requestsPerMinute
  expect((await guest.upload('more.txt', 'more words')).statusCode).toBe(201)
})

test('one person has a limited number of links that were not revoked, also if they make several at once', async () => {
  const before = world.quotas.person.shares
  const make = () => world.send('user', 'POST', '/shares', stage)
  const open = (await world.send('user', 'GET', '/shares?page_size=500')).json()
  world.quotas.person.shares = open.items.length + 2
  const answers = await Promise.all([make(), make(), make()])
  const made = answers.filter(({ statusCode }) => statusCode === 201)
  expect(made).toHaveLength(2)
  const refused = answers.find(({ statusCode }) => statusCode !== 201)
  expect([refused?.statusCode, refused?.json().error.code]).toEqual([409, 'quota.shares'])
  await world.send('user', 'DELETE', `/shares/${made[0]?.json().id}`)
  expect((await make()).statusCode).toBe(201)
  world.quotas.person.shares = before
})
