import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { publicShare } from '@vitrine/contract'
import { eq, sql } from 'drizzle-orm'
import { waitFor } from '../../lib/wait-for.ts'
import { outputOf } from '../runs/runs.test-world.ts'
import { runs } from '../runs/runs.tables.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
  await world.addService('other')
})
afterAll(() => world.close())

/** Requests to links are limited by address, so each test uses its own. */
let address = 0
let from = ''
beforeEach(() => void (from = `198.51.100.${(address += 1)}`))

const stage = { kind: 'stage', target_id: 'echo', title: 'Look', text: 'at this' }
const runnable = { ...stage, may_run: true }
const visitor = (token: string, remote = from) => world.visitor(token, remote)

test('a visitor sees the stage with the link’s own texts, and nothing about its maker', async () => {
  const { token } = await world.link(runnable)
  const answer = await visitor(token).send('')
  const shown = publicShare.parse(answer.json())
  expect(shown).toMatchObject({
    kind: 'stage',
    title: 'Look',
    text: 'at this',
    may_run: true,
    runs_left: null,
  })
  expect(shown.stage).toMatchObject({ service_id: 'echo', status: 'RUNNING', url: '', path: '' })
  for (const secret of ['user-tester', world.maker.id, 'SECRET_NAME', world.paths.root])
    expect(answer.body).not.toContain(secret)
  expect(answer.headers['cache-control']).toBe('private, no-cache')
})

test('a run is shown with its input and result, without owner, log and commit', async () => {
  const id = await world.start('user', { service_id: 'echo', input_data: ['seen'] })
  await world.ended(id)
  const { token } = await world.link({ kind: 'run', target_id: id })
  const answer = await visitor(token).send('')
  const shown = publicShare.parse(answer.json()).run
  expect(shown && outputOf(shown, 'input')).toBe('seen')
  expect(shown).toMatchObject({ id, created_by: '', commit: null, logs: '' })
  for (const secret of ['user-tester', world.maker.id, 'commit-2']) expect(answer.body).not.toContain(secret)
})

test('a comparison is shown with all its runs, but without the platform’s descriptions of errors', async () => {
  const targets = [{ service_id: 'echo' }, { service_id: 'echo', release: 9 }]
  const input = { input_data: ['both'] }
  const made = await world.send('user', 'POST', '/comparisons', { input, targets, title: 'Two' })
  const id: string = made.json().comparison_id
  await waitFor(async () => (await world.comparisonOf('user', id)).status === 'partial', {
    timeoutMs: patienceMs,
  })
  const { token } = await world.link({ kind: 'comparison', target_id: id })
  const answer = await visitor(token).send('')
  const { comparison: shown, algorithms } = publicShare.parse(answer.json())
  expect(algorithms.map(({ service_id, name }) => [service_id, typeof name])).toEqual([['echo', 'string']])
  expect(shown?.cells.map((cell) => cell.error?.code ?? cell.status)).toEqual([
    'succeeded',
    'share.run_failed',
  ])
  expect(shown?.runs.map((each) => each.status)).toEqual(['succeeded', 'failed'])
  const messages = async (language: string) => {
    const read = await visitor(token).send('', { headers: { 'accept-language': language } })
    const { comparison: of } = publicShare.parse(read.json())
    return [of?.cells[1]?.error?.message, of?.runs[1]?.error?.message]
  }
  const [zh, en] = [await messages('zh'), await messages('en')]
  expect([zh[0] === zh[1], en[0] === en[1]]).toEqual([true, true])
  expect([zh[0] === en[0], /^[\x20-\x7e]+$/.test(en[0] ?? '')]).toEqual([false, true])
  for (const secret of ['user-tester', world.maker.id, 'release_not_kept'])
    expect(answer.body).not.toContain(secret)
})

test('an unknown link is a 404 on every route', async () => {
  const nobody = visitor('x'.repeat(43))
  expect(refusal(await nobody.send(''))).toEqual([404, 'share.not_found'])
  expect(refusal(await nobody.run())).toEqual([404, 'share.not_found'])
})

test.each([
  ['expired', 'share.expired'],
  ['revoked', 'share.revoked'],
])('once %s, a link says that alone, on every route', async (how, code) => {
  const expires_at = world.inAnHour()
  const link = await world.link({ ...runnable, expires_at, title: 'Secret title', password: 'open sesame' })
  const guest = visitor(link.token)
  await guest.send('/unlock', { payload: { password: 'open sesame' } })
  const begun = (await guest.run()).json().run_id
  await guest.ended(begun)
  if (how === 'revoked') await world.send('user', 'DELETE', `/shares/${link.id}`)
  else world.passDays(1)
  const asset = '33333333-3333-4333-8333-333333333333'
  const answers = [
    await guest.send(''),
    await guest.run(),
    await guest.upload('a.txt', 'a'),
    await guest.send('/unlock', { payload: { password: 'open sesame' } }),
    await guest.send(`/runs/${begun}`),
    await guest.send(`/runs/${begun}/events`),
    await guest.send(`/assets/${asset}/content`),
  ]
  for (const answer of answers) {
    expect(refusal(answer)).toEqual([410, code])
    expect(answer.json().error.details).toEqual({})
    expect(answer.body).not.toContain('Secret title')
  }
})

test('a locked link shows nothing before its password is entered, and then opens only for that browser', async () => {
  const { id, token } = await world.link({ ...runnable, title: 'Secret title', password: 'open sesame' })
  const guest = visitor(token)
  for (const answer of [await guest.send(''), await guest.run(), await guest.upload('a.txt', 'a')]) {
    expect(refusal(answer)).toEqual([401, 'share.locked'])
    expect(answer.body).not.toContain('Secret title')
  }
  expect(refusal(await guest.send('/unlock', { payload: { password: 'wrong' } }))).toEqual([
    401,
    'share.wrong_password',
  ])
  const { rows } = await world.db.execute(
    sql`select actor, action, details from audit_log where target = ${id}`,
  )
  expect(rows).toMatchObject([
    {
      actor: 'anonymous',
      action: 'refused POST /public/shares/{token}/unlock',
      details: { values: { reason: 'share.wrong_password' } },
    },
  ])
  expect(guest.cookie()).toBeNull()
  const opened = await guest.send('/unlock', { payload: { password: 'open sesame' } })
  expect(opened.statusCode).toBe(204)
  expect(opened.cookies[0]).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
    path: `/api/v1/public/shares/${token}`,
  })
  expect((await guest.send('')).statusCode).toBe(200)
  expect(refusal(await visitor(token).send(''))).toEqual([401, 'share.locked'])
})

test('the cookie of one link does not open another', async () => {
  const [one, two] = [
    await world.link({ ...stage, password: 'open sesame' }),
    await world.link({ ...stage, password: 'open sesame' }),
  ]
  const guest = visitor(one.token)
  await guest.send('/unlock', { payload: { password: 'open sesame' } })
  const answer = await world.app.inject({
    url: `/api/v1/public/shares/${two.token}`,
    cookies: { vitrine_visitor: guest.cookie() ?? '' },
  })
  expect(refusal(answer)).toEqual([401, 'share.locked'])
})

test('after five wrong passwords an address must wait, even with the right one, but others need not', async () => {
  const { token } = await world.link({ ...stage, password: 'open sesame' })
  const guest = visitor(token)
  const tryIt = (password: string, who = guest) => who.send('/unlock', { payload: { password } })
  for (let each = 0; each < 5; each += 1) expect((await tryIt('wrong')).statusCode).toBe(401)
  const blocked = await tryIt('open sesame')
  expect(refusal(blocked)).toEqual([429, 'share.too_many_requests'])
  expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(20)
  expect((await tryIt('open sesame', visitor(token, '203.0.113.77'))).statusCode).toBe(204)
})

test('a link gives access to no other run, media or service', async () => {
  const { token } = await world.link(runnable)
  const guest = visitor(token)
  await guest.run()
  const foreign = await world.start('user', { service_id: 'other', input_data: ['private'] })
  expect(refusal(await guest.send(`/runs/${foreign}`))).toEqual([404, 'run.not_found'])
  for (const owner of [world.maker.id, world.stranger.id]) {
    const asset_id = await world.addAsset(owner)
    expect(refusal(await guest.send(`/assets/${asset_id}/content`))).toEqual([404, 'asset.not_found'])
    expect(refusal(await guest.run([{ deep: [{ asset_id }] }]))).toEqual([404, 'asset.not_found'])
  }
  const example = await world.addAsset(world.maker.id, 'example')
  expect(refusal(await guest.send(`/assets/${example}/content`))).toEqual([404, 'asset.not_found'])
  const cookies = { vitrine_visitor: guest.cookie() ?? '', vitrine_session: guest.cookie() ?? '' }
  for (const url of [
    '/algorithms',
    '/services',
    '/runs',
    `/runs/${foreign}`,
    '/assets',
    '/shares',
    '/showcase/echo',
    '/auth/me',
    '/users',
  ]) {
    const answer = await world.app.inject({
      url: `/api/v1${url}`,
      cookies,
      headers: { authorization: `Bearer ${token}` },
    })
    expect([401, 404], url).toContain(answer.statusCode)
  }
})

test('an id that an algorithm writes into its result gives access to no media', async () => {
  const asset_id = await world.addAsset(world.stranger.id)
  const id = await world.start('user', { service_id: 'echo', input_data: ['a'], parameters: {} })
  const done = await world.ended(id)
  const result = {
    status: 'succeeded' as const,
    metrics: {},
    logs: '',
    predictions: [
      { index: 0, status: 'succeeded' as const, outputs: [{ kind: 'json', data: { asset_id } }] },
    ],
  }
  await world.db.update(runs).set({ result }).where(eq(runs.id, done.id))
  const { token } = await world.link({ kind: 'run', target_id: id })
  expect(refusal(await visitor(token).send(`/assets/${asset_id}/content`))).toEqual([404, 'asset.not_found'])
})

test('the input of a shared run can be played, but its owner’s other files cannot', async () => {
  const { token: upload } = await world.link(runnable)
  const kept = await visitor(upload).upload('input.txt', 'the input')
  const asset_id: string = kept.json().asset_id
  const id = await world.start('admin', { service_id: 'echo', input_data: [{ asset_id }] })
  const { token } = await world.link({ kind: 'run', target_id: id }, 'admin')
  const played = await visitor(token).send(`/assets/${asset_id}/content`, { headers: { range: 'bytes=4-8' } })
  expect([played.statusCode, played.body]).toEqual([206, 'input'])
  expect(played.headers['cache-control']).toBe('private, no-cache')
})

test.each([
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['another port of the same site', { 'sec-fetch-site': 'same-site' }],
])('nothing is changed from a page of %s', async (_name, headers) => {
  const { token } = await world.link({ ...runnable, password: 'open sesame' })
  const guest = visitor(token)
  await guest.send('/unlock', { payload: { password: 'open sesame' } })
  const payload = { input_data: ['a'] }
  expect(refusal(await guest.send('/runs', { payload, headers }))).toEqual([403, 'auth.cross_site'])
  const password = { password: 'open sesame' }
  expect(refusal(await guest.send('/unlock', { payload: password, headers }))).toEqual([
    403,
    'auth.cross_site',
  ])
})

test('a link stops working while its maker is disabled, may not make links, or is deleted', async () => {
  const link = await world.link(runnable, 'stranger')
  const asked = async () => (await visitor(link.token).send('')).statusCode
  expect(await asked()).toBe(200)
  await world.setUser(world.stranger.id, { disabled: true })
  expect(refusal(await visitor(link.token).send(''))).toEqual([410, 'share.revoked'])
  await world.setUser(world.stranger.id, { disabled: false, role: 'viewer' })
  expect(refusal(await visitor(link.token).run())).toEqual([410, 'share.revoked'])
  await world.setUser(world.stranger.id, { role: 'user' })
  expect(await asked()).toBe(200)
})

test('links to the stage of a service are revoked together, and the next service of that ID has none of them', async () => {
  const { token: ofStage } = await world.link(runnable)
  const shown = await world.start('user', { service_id: runnable.target_id, input_data: ['a'] })
  await world.ended(shown)
  const { token: ofRun } = await world.link({ kind: 'run', target_id: shown })
  await world.deps.shares.revokeOfStage(runnable.target_id, new Date())
  expect(refusal(await visitor(ofStage).send(''))).toEqual([410, 'share.revoked'])
  expect(refusal(await visitor(ofStage).run())).toEqual([410, 'share.revoked'])
  expect((await visitor(ofRun).send('')).statusCode).toBe(200)
})

test('when the service is deleted, a link to its stage says so, and a link to a run still shows the run', async () => {
  await world.addService('short-lived')
  const target = { ...runnable, target_id: 'short-lived' }
  const shown = await world.start('user', { service_id: 'short-lived', input_data: ['a'] })
  await world.ended(shown)
  const { token: ofStage } = await world.link(target)
  const { token: ofRun } = await world.link({ kind: 'run', target_id: shown })
  await world.instances.runner.remove('short-lived-r2-1')
  await world.running.services.delete('short-lived')
  const answer = await visitor(ofStage).send('')
  expect(refusal(answer)).toEqual([410, 'share.target_gone'])
  expect(answer.body).not.toContain('short-lived')
  expect(refusal(await visitor(ofStage).run())).toEqual([410, 'share.target_gone'])
  expect((await visitor(ofRun).send('')).json().run.status).toBe('succeeded')
  // The next service with its ID is another one, whose name and fields this link does not show.
  await world.addService('short-lived', { starts: false })
  expect((await visitor(ofRun).send('')).json()).toMatchObject({
    run: { status: 'succeeded' },
    algorithms: [],
  })
  await world.db.delete(runs).where(eq(runs.id, shown))
  expect(refusal(await visitor(ofRun).send(''))).toEqual([410, 'share.target_gone'])
})
