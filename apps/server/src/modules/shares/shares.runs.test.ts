import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { run } from '@vitrine/contract'
import { and, eq, sql } from 'drizzle-orm'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor } from '../../lib/actor.ts'
import { listAssets } from '../assets/assets.usecases.ts'
import { releases } from '../releases/releases.tables.ts'
import { startRun } from '../runs/runs.usecases.ts'
import { outputOf } from '../runs/runs.test-world.ts'
import { forgetPastVisitors } from './shares.forget-visitors.ts'
import { shareVisitors } from './shares.tables.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

/** Requests to links are limited by address, so each test uses its own. */
let address = 0
let from = ''
beforeEach(() => void (from = `198.51.100.${(address += 1)}`))

const stage = { kind: 'stage', target_id: 'echo', title: 'Look', text: 'at this' }
const runnable = { ...stage, may_run: true }
const visitor = (token: string, remote = from) => world.visitor(token, remote)
const runsOf = async (service = 'echo'): Promise<number> =>
  (await world.send('admin', 'GET', `/runs?service_id=${service}`)).json().total

test('a visitor runs the stage and follows the run, which another visitor of the same link does not see', async () => {
  const { token } = await world.link(runnable)
  const [guest, other] = [visitor(token), visitor(token)]
  const begun = await guest.run(['mine'], { a: 1 })
  expect([begun.statusCode, begun.json().runs_left]).toEqual([202, null])
  const id: string = begun.json().run_id
  const done = await guest.ended(id)
  expect([outputOf(done, 'input'), done.status, done.created_by]).toEqual(['mine', 'succeeded', ''])
  const events = await guest.send(`/runs/${id}/events`, { headers: { accept: 'text/event-stream' } })
  expect(events.body).toContain('event: completed')
  expect((await other.run(['theirs'])).statusCode).toBe(202)
  for (const path of [`/runs/${id}`, `/runs/${id}/events`])
    for (const who of [other, visitor(token)])
      expect(refusal(await who.send(path))).toEqual([404, 'run.not_found'])
})

test('the stage shows the platform’s run of a demo input, and no other runs of the platform', async () => {
  const demo = { name: 'demo', input_data: ['demo'], parameters: {}, preview_asset_id: null }
  // The same input with other parameters is another result. The first result must not be shown for it.
  const shown = [demo, { ...demo, name: 'adjusted', parameters: { a: 1 } }]
  await world.db
    .update(releases)
    .set({ examples: shown })
    .where(and(eq(releases.serviceId, 'echo'), eq(releases.number, 2)))
  const runOf = async (input: string) => {
    const asked = { actor: platformActor, serviceId: 'echo', inputData: [input], parameters: {} }
    return (await world.ended((await startRun(world.running, asked)).id)).id
  }
  const [older, other, sample] = [await runOf('demo'), await runOf('something'), await runOf('demo')]
  const { token } = await world.link({ ...stage, may_run: false })
  const guest = visitor(token)
  expect((await guest.send('')).json().stage.samples).toEqual([{ example: 0, run_id: sample }])
  const seen = run.parse((await guest.send(`/runs/${sample}`)).json())
  expect([outputOf(seen, 'input'), seen.created_by, seen.logs]).toEqual(['demo', '', ''])
  for (const id of [older, other])
    expect(refusal(await guest.send(`/runs/${id}`))).toEqual([404, 'run.not_found'])
})

test('a visitor can cancel their own run while it is running, but nobody else’s', async () => {
  const { token } = await world.link(runnable)
  const [guest, other] = [visitor(token), visitor(token)]
  const id: string = (await guest.run(['mine'], { hold: true })).json().run_id
  await other.run(['theirs'])
  const cancel = (who: typeof guest, headers = {}) =>
    who.send(`/runs/${id}/cancel`, { method: 'POST', headers })
  for (const who of [other, visitor(token), visitor((await world.link(runnable)).token)])
    expect(refusal(await cancel(who))).toEqual([404, 'run.not_found'])
  expect(refusal(await cancel(guest, { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'auth.cross_site'])
  const answer = await cancel(guest)
  expect([answer.statusCode, answer.json().created_by]).toEqual([202, ''])
  expect(await guest.ended(id)).toMatchObject({ status: 'cancelled', error: { code: 'run.cancelled' } })
  expect(refusal(await cancel(guest))).toEqual([409, 'run.ended'])
})

test('a visitor can run and see their upload, and another visitor cannot see it', async () => {
  const { token } = await world.link(runnable)
  const [guest, other] = [visitor(token), visitor(token)]
  const kept = await guest.upload('mine.txt', 'my words')
  expect(kept.statusCode).toBe(201)
  const { asset_id } = kept.json()
  expect((await guest.send(`/assets/${asset_id}/content`)).body).toBe('my words')
  expect((await guest.run([{ asset_id }])).statusCode).toBe(202)
  await other.run()
  expect(refusal(await other.send(`/assets/${asset_id}/content`))).toEqual([404, 'asset.not_found'])
  expect(refusal(await other.run([{ asset_id }]))).toEqual([404, 'asset.not_found'])
})

test('what a visitor uploads is told its kind, and does not fill the library of an administrator', async () => {
  const { token } = await world.link(runnable)
  const kept = (await visitor(token).upload('visitors.txt', 'my words')).json()
  expect([kept.kind, kept.mime]).toEqual(['text', 'text/plain; charset=utf-8'])
  const query = { q: '', sort: '-created_at', page: 1, page_size: 500 }
  const listed = await listAssets(world.media, { actor: testActor('admin'), query })
  expect(listed.items.map(({ id }) => id)).not.toContain(kept.asset_id)
  expect(listed.total).toBe(listed.items.length)
  expect((await world.media.assets.get(kept.asset_id))?.name).toBe('visitors.txt')
})

test('files that an algorithm returns come through the link, and only those that its runs returned', async () => {
  const [file, foreign] = [`${'a'.repeat(64)}.svg`, `${'b'.repeat(64)}.svg`]
  const { token } = await world.link(runnable)
  const [guest, other] = [visitor(token), visitor(token)]
  const { run_id: id } = (await guest.run(['a'], { file })).json()
  const shown = outputOf(await guest.ended(id), 'file')
  const base = `/api/v1/public/shares/${token}`
  expect(shown).toMatchObject({ url: `${base}/runs/${id}/files/${file}` })
  const got = await guest.send(`/runs/${id}/files/${file}`)
  expect([got.statusCode, got.body, got.headers['content-type']]).toEqual([
    200,
    '<svg/>aaaa',
    'image/svg+xml',
  ])
  expect(got.headers['content-security-policy']).toContain('sandbox')
  const stream = await guest.send(`/runs/${id}/events`, { headers: { accept: 'text/event-stream' } })
  expect(stream.body).toContain(`${base}/runs/${id}/files/${file}`)
  expect(stream.body).not.toContain('/ai/echo/outputs/')
  expect(stream.body).not.toContain('/api/v1/runs/')
  expect(refusal(await guest.send(`/runs/${id}/files/${foreign}`))).toEqual([404, 'run.file_not_found'])
  await other.run()
  expect(refusal(await other.send(`/runs/${id}/files/${file}`))).toEqual([404, 'run.not_found'])
  const run_id = await world.start('user', { service_id: 'echo', input_data: ['a'], parameters: { file } })
  await world.ended(run_id)
  const { token: ofRun } = await world.link({ kind: 'run', target_id: run_id })
  expect((await visitor(ofRun).send(`/runs/${run_id}/files/${file}`)).statusCode).toBe(200)
  expect(refusal(await visitor(ofRun).send(`/runs/${id}/files/${file}`))).toEqual([404, 'run.not_found'])
})

test('a link for looking only accepts no runs and uploads', async () => {
  const { token } = await world.link(stage)
  const before = await runsOf()
  const guest = visitor(token)
  expect(refusal(await guest.run())).toEqual([403, 'share.look_only'])
  expect(refusal(await guest.upload('a.txt', 'a'))).toEqual([403, 'share.look_only'])
  expect(await runsOf()).toBe(before)
})

test('of many simultaneous runs exactly as many start as the link allows, and then it is closed except to those who ran', async () => {
  const link = await world.link({ ...runnable, max_runs: 3 })
  const before = await runsOf()
  const guests = Array.from({ length: 9 }, (_unused, n) => visitor(link.token, `203.0.113.${n + 1}`))
  const answers = await Promise.all(guests.map((guest) => guest.run()))
  expect(answers.filter(({ statusCode }) => statusCode === 202)).toHaveLength(3)
  const refused = answers.filter(({ statusCode }) => statusCode !== 202)
  expect(new Set(refused.map((answer) => JSON.stringify(refusal(answer))))).toEqual(
    new Set(['[410,"share.used_up"]']),
  )
  expect(await runsOf()).toBe(before + 3)
  expect(refusal(await visitor(link.token).send(''))).toEqual([410, 'share.used_up'])
  for (const [n, guest] of guests.entries()) {
    if (answers[n]?.statusCode !== 202) continue
    expect((await guest.ended(answers[n].json().run_id)).status).toBe('succeeded')
    expect((await guest.send('')).json().runs_left).toBe(0)
  }
  const listed = (await world.send('user', 'GET', '/shares?page_size=500')).json().items
  expect(listed.find(({ id }: { id: string }) => id === link.id)).toMatchObject({
    state: 'used_up',
    runs_used: 3,
  })
})

test('a run that cannot start is not counted, and does not say why', async () => {
  await world.addService('asleep', { starts: false })
  const link = await world.link({ ...runnable, target_id: 'asleep', max_runs: 1 })
  const answer = await visitor(link.token).run()
  expect(refusal(answer)).toEqual([503, 'share.not_ready'])
  expect(answer.json().error.details).toEqual({})
  expect((await visitor(link.token).send('')).json().runs_left).toBe(1)
})

test('more than ten runs a minute from one address are refused, but not from another', async () => {
  const { token } = await world.link(runnable)
  const guest = visitor(token)
  for (let each = 0; each < 10; each += 1) {
    const begun = await guest.run()
    expect(begun.statusCode).toBe(202)
    // A visitor has three runs at once.
    await world.ended(begun.json().run_id)
  }
  const eleventh = await guest.run()
  expect(refusal(eleventh)).toEqual([429, 'share.too_many_requests'])
  expect(Number(eleventh.headers['retry-after'])).toBeGreaterThan(0)
  const spelt = `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`
  for (const url of [`${token}/runs?another=address`, `${spelt}/runs`]) {
    const again = await world.app.inject({
      method: 'POST',
      url: `/api/v1/public/shares/${url}`,
      payload: { input_data: ['a'] },
      headers: { 'sec-fetch-site': 'same-origin' },
      remoteAddress: from,
    })
    expect(refusal(again)).toEqual([429, 'share.too_many_requests'])
  }
  expect((await visitor(token, '203.0.113.50').run()).statusCode).toBe(202)
})

test.each([
  ['eleven elements', { input_data: Array.from({ length: 11 }, () => 'a') }, 422],
  ['none', { input_data: [] }, 422],
  ['two megabytes', { input_data: ['x'.repeat(2 * 1024 * 1024)] }, 413],
])('an input of %s is refused', async (_name, payload, status) => {
  const { token } = await world.link(runnable)
  expect((await visitor(token).send('/runs', { payload })).statusCode).toBe(status)
})

test('following a run ends when the link is revoked', async () => {
  const link = await world.link(runnable)
  const base = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `${base}/api/v1/public/shares/${link.token}/runs`
  const begun = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ input_data: ['a'], parameters: { hold: true } }),
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin: base },
  })
  const { run_id: id } = run
    .pick({ id: true })
    .transform(({ id: run_id }) => ({ run_id }))
    .parse({ id: (await begun.json()).run_id })
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const stream = await fetch(`${url}/${id}/events`, { headers: { cookie, accept: 'text/event-stream' } })
  expect(stream.status).toBe(200)
  const read = stream.text().then(
    () => 'ended',
    () => 'ended',
  )
  await world.send('user', 'DELETE', `/shares/${link.id}`)
  expect(await read).toBe('ended')
  world.running.executor.cancel(id)
  await world.ended(id)
})

test('a visitor with an active run stays, with the file that it reads, until the run has ended', async () => {
  const link = await world.link(runnable)
  const guest = visitor(link.token)
  const { asset_id } = (await guest.upload('mine.txt', 'my words')).json()
  const id: string = (await guest.run([{ asset_id }], { hold: true })).json().run_id
  await world.send('user', 'DELETE', `/shares/${link.id}`)
  await forgetPastVisitors(world.deps)
  expect(await world.running.media.assets.get(asset_id)).not.toBeNull()
  world.running.executor.cancel(id)
  await world.ended(id)
  await forgetPastVisitors(world.deps)
  expect(await world.running.media.assets.get(asset_id)).toBeNull()
  expect((await world.send('admin', 'GET', `/runs/${id}`)).statusCode).toBe(404)
})

test('a visitor is deleted after a week with their files and runs', async () => {
  const { token } = await world.link(runnable)
  const guest = visitor(token)
  const { asset_id } = (await guest.upload('mine.txt', 'my words')).json()
  const id: string = (await guest.run([{ asset_id }])).json().run_id
  await guest.ended(id)
  await forgetPastVisitors(world.deps)
  expect((await guest.send(`/runs/${id}`)).statusCode).toBe(200)
  world.passDays(8)
  await forgetPastVisitors(world.deps)
  expect(refusal(await guest.send(`/runs/${id}`))).toEqual([404, 'run.not_found'])
  expect(await world.running.media.assets.get(asset_id)).toBeNull()
  expect((await world.send('admin', 'GET', `/runs/${id}`)).statusCode).toBe(404)
})

test('visitors of an ended link are deleted, and no statement names more of them than it can', async () => {
  await forgetPastVisitors(world.deps)
  const { id } = await world.link(runnable)
  await world.db.execute(sql`insert into share_visitors (share_id, secret_hash)
    select ${id}, 'crowd-' || number from generate_series(1, 2500) as number`)
  await world.send('user', 'DELETE', `/shares/${id}`)
  const named: number[] = []
  const removeVisitors = (ids: readonly string[]) => {
    named.push(ids.length)
    return world.deps.shares.removeVisitors(ids)
  }
  const shares = { ...world.deps.shares, removeVisitors }
  expect(await forgetPastVisitors({ ...world.deps, shares })).toBe(2_500)
  expect(named).toEqual([1_000, 1_000, 500])
  const left = await world.db.select().from(shareVisitors).where(eq(shareVisitors.shareId, id)).limit(1)
  expect(left).toEqual([])
})
