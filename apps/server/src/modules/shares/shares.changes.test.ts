import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pageOf, share, shareEndpoints } from '@vitrine/contract'
import { runs } from '../runs/runs.tables.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const stage = { kind: 'stage', target_id: 'echo' }
const change = (id: string, body: object, role = 'user') => world.send(role, 'PATCH', `/shares/${id}`, body)
const statusOf = async (token: string) => (await world.visitor(token).send('')).statusCode

test('a link is changed at its address, and what is not named stays', async () => {
  const made = await world.link({ ...stage, title: 'Old', text: 'For you', may_run: true, max_runs: 3 })
  const changed = share.parse((await change(made.id, { title: 'New', max_runs: 5 })).json())
  expect(changed).toMatchObject({ title: 'New', text: 'For you', may_run: true, max_runs: 5 })
  const seen = (await world.visitor(made.token).send('')).json()
  expect(seen).toMatchObject({ title: 'New', runs_left: 5 })
  expect(share.parse((await change(made.id, {})).json())).toMatchObject({ title: 'New', max_runs: 5 })
})

test('the limit of runs stays while a link may not be run, and holds when it may be run again', async () => {
  const made = await world.link({ ...stage, may_run: true, max_runs: 3 })
  expect((await change(made.id, { may_run: false })).json()).toMatchObject({ may_run: false, max_runs: 3 })
  expect((await change(made.id, { may_run: true })).json()).toMatchObject({ may_run: true, max_runs: 3 })
  const later = await world.link({ ...stage, may_run: false, max_runs: 2 })
  expect((await change(later.id, { may_run: true })).json()).toMatchObject({ may_run: true, max_runs: 2 })
})

test('a change of the title does not allow the runs again that somebody else forbids at the same time', async () => {
  const made = await world.link({ ...stage, may_run: true, max_runs: 3 })
  const { shares } = world.deps
  const reading = vi.spyOn(shares, 'getVisible').mockImplementationOnce(async (...wanted) => {
    const read = await shares.getVisible(...wanted)
    await change(made.id, { may_run: false, max_runs: 7 })
    return read
  })
  const changed = (await change(made.id, { title: 'New' })).json()
  reading.mockRestore()
  expect(changed).toMatchObject({ title: 'New', may_run: false, max_runs: 7 })
})

test('a link that has expired is extended and opens again at its address', async () => {
  const made = await world.link({ ...stage, expires_at: world.inAnHour() })
  world.passDays(1)
  expect(await statusOf(made.token)).toBe(410)
  const extended = share.parse((await change(made.id, { expires_at: world.inAnHour() })).json())
  expect(extended.state).toBe('active')
  expect(await statusOf(made.token)).toBe(200)
  expect(share.parse((await change(made.id, { expires_at: null })).json()).expires_at).toBeNull()
})

test('a new password shuts out whoever came with the one before, and none lets everybody in', async () => {
  const made = await world.link({ ...stage, password: 'the first' })
  const guest = world.visitor(made.token)
  await guest.send('/unlock', { payload: { password: 'the first' } })
  expect((await guest.send('')).statusCode).toBe(200)
  await change(made.id, { password: 'the second' })
  expect(refusal(await guest.send(''))).toEqual([401, 'share.locked'])
  expect(refusal(await guest.send('/unlock', { payload: { password: 'the first' } }))).toEqual([
    401,
    'share.wrong_password',
  ])
  await guest.send('/unlock', { payload: { password: 'the second' } })
  expect((await guest.send('')).statusCode).toBe(200)
  await change(made.id, { title: 'The password stays' })
  expect((await guest.send('')).statusCode).toBe(200)
  await change(made.id, { password: null })
  expect(await statusOf(made.token)).toBe(200)
})

test('a password that is set later also shuts out whoever ran the link without one', async () => {
  const made = await world.link({ ...stage, may_run: true })
  const guest = world.visitor(made.token)
  const { run_id } = (await guest.run()).json()
  await guest.ended(run_id)
  await change(made.id, { password: 'open sesame' })
  expect(refusal(await guest.send(`/runs/${run_id}`))).toEqual([401, 'share.locked'])
})

test('a new address opens the link, and the one before does not', async () => {
  const made = await world.link({ ...stage, title: 'Lost' })
  const answer = await world.send('user', 'POST', `/shares/${made.id}/address`)
  const renewed = shareEndpoints['POST /shares/{id}/address'].response.parse(answer.json())
  expect(renewed).toMatchObject({ id: made.id, title: 'Lost', state: 'active' })
  expect(renewed.url).toMatch(new RegExp(`/s/${renewed.token}$`))
  expect(await statusOf(renewed.token)).toBe(200)
  expect(refusal(await world.visitor(made.token).send(''))).toEqual([404, 'share.not_found'])
})

test('a revoked link stays as it is', async () => {
  const made = await world.link(stage)
  await world.send('user', 'DELETE', `/shares/${made.id}`)
  expect(refusal(await change(made.id, { title: 'Again' }))).toEqual([409, 'share.closed'])
  const renewed = await world.send('user', 'POST', `/shares/${made.id}/address`)
  expect(refusal(renewed)).toEqual([409, 'share.closed'])
})

test('people change only their own links, an administrator all', async () => {
  const made = await world.link(stage, 'stranger')
  expect(refusal(await change(made.id, { title: 'Mine' }))).toEqual([404, 'share.unknown'])
  expect(refusal(await world.send('user', 'POST', `/shares/${made.id}/address`))).toEqual([
    404,
    'share.unknown',
  ])
  expect((await change(made.id, { title: 'Checked' }, 'admin')).statusCode).toBe(200)
})

test.each([
  ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, 'share.expiry_past'],
  ['a short password', { password: 'abc' }, 'request.invalid'],
  ['no run at all', { max_runs: 0 }, 'request.invalid'],
])('%s is refused', async (_name, body, code) => {
  const made = await world.link(stage)
  expect(refusal(await change(made.id, body))).toEqual([422, code])
})

test('a link to a run cannot allow runs later', async () => {
  const run = await world.start('user', { service_id: 'echo', input_data: ['a'] })
  const made = await world.link({ kind: 'run', target_id: run })
  expect(refusal(await change(made.id, { may_run: true }))).toEqual([422, 'share.only_stages_run'])
})

test('the list says when a link was last opened, and the links of a service are found by it', async () => {
  await world.addService('other')
  const run = await world.start('user', { service_id: 'other', input_data: ['a'] })
  await world.ended(run)
  const [ofRun, ofStage] = [
    await world.link({ kind: 'run', target_id: run }),
    await world.link({ kind: 'stage', target_id: 'other' }),
  ]
  await world.link(stage)
  const list = async () =>
    pageOf(share).parse((await world.send('user', 'GET', '/shares?service_id=other')).json())
  const before = await list()
  expect(before.items.map(({ id, service_id, last_viewed_at }) => [id, service_id, last_viewed_at])).toEqual([
    [ofStage.id, 'other', null],
    [ofRun.id, 'other', null],
  ])
  const opened = Date.now()
  await world.visitor(ofRun.token).send('')
  const seen = (await list()).items.find(({ id }) => id === ofRun.id)
  expect(Date.parse(seen?.last_viewed_at ?? '')).toBeGreaterThanOrEqual(opened)
  await world.db.delete(runs).where(eq(runs.id, run))
  const all = pageOf(share).parse((await world.send('user', 'GET', '/shares?page_size=500')).json())
  expect(all.items.find(({ id }) => id === ofRun.id)?.service_id).toBeNull()
})
