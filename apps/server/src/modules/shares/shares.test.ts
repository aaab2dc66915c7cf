import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageOf, share } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { shares } from './shares.tables.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'
import { createShare } from './shares.usecases.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const stage = { kind: 'stage', target_id: 'echo' }
const list = async (role: string, query = '') =>
  pageOf(share).parse((await world.send(role, 'GET', `/shares?page_size=500${query}`)).json())

test('a new link comes with its token, which is neither stored nor shown again', async () => {
  const made = await world.link({ ...stage, title: 'For you', password: 'open sesame' })
  expect(made).toMatchObject({ state: 'active', has_password: true, runs_used: 0, created_by: 'user-tester' })
  expect(Buffer.from(made.token, 'base64url')).toHaveLength(32)
  expect(made.url).toMatch(new RegExp(`^http://[^/]+/s/${made.token}$`))
  expect(JSON.stringify(await list('user'))).not.toContain(made.token)
  const rows = JSON.stringify(await world.db.select().from(shares))
  expect(rows).not.toContain(made.token)
  expect(rows).not.toContain('open sesame')
  expect(rows).toContain('$argon2id$')
})

test('the link’s address has the host that its maker used', async () => {
  const answer = await world.app.inject({
    method: 'POST',
    url: '/api/v1/shares',
    payload: stage,
    headers: { 'x-test-role': 'user', 'x-forwarded-host': 'show.example', 'x-forwarded-proto': 'https' },
  })
  expect(answer.json().url).toMatch(/^https:\/\/show\.example\/s\//)
})

test.each([
  ['a service that does not exist', { kind: 'stage', target_id: 'nothing' }, 404, 'service.not_found'],
  ['a run that cannot be one', { kind: 'run', target_id: 'nothing' }, 404, 'run.not_found'],
  [
    'a comparison that cannot be one',
    { kind: 'comparison', target_id: 'nothing' },
    404,
    'comparison.not_found',
  ],
  ['an expiry in the past', { ...stage, expires_at: '2020-01-01T00:00:00Z' }, 422, 'share.expiry_past'],
  ['a short password', { ...stage, password: 'abc' }, 422, 'request.invalid'],
])('%s is refused', async (_name, body, status, code) => {
  expect(refusal(await world.send('user', 'POST', '/shares', body))).toEqual([status, code])
})

test('only who may operate a preview shares it, or what it has answered', async () => {
  const changed = eq(algorithmServices.id, 'echo')
  const run = await world.start('stranger', { service_id: 'echo', input_data: ['mine'] })
  await world.ended(run)
  const shared = async (role: string, body: object) =>
    (await world.send(role, 'POST', '/shares', body)).statusCode
  const preview = { previewOf: 'other', previewBranch: 'next' }
  await world.db.update(algorithmServices).set(preview).where(changed)
  try {
    expect(refusal(await world.send('stranger', 'POST', '/shares', stage))).toEqual([
      403,
      'service.not_yours',
    ])
    expect(await shared('stranger', { kind: 'run', target_id: run })).toBe(403)
    expect(await shared('admin', stage)).toBe(201)
  } finally {
    await world.db.update(algorithmServices).set({ previewOf: null, previewBranch: null }).where(changed)
  }
  expect([
    await shared('stranger', stage),
    await shared('stranger', { kind: 'run', target_id: run }),
  ]).toEqual([201, 201])
})

test('people can share only what they may see, not another person’s run or comparison', async () => {
  const run = await world.start('stranger', { service_id: 'echo', input_data: ['mine'] })
  await world.ended(run)
  const targets = [{ service_id: 'echo' }, { service_id: 'echo' }]
  const compared = await world.send('stranger', 'POST', '/comparisons', {
    input: { input_data: ['mine'] },
    targets,
  })
  const comparison: string = compared.json().comparison_id
  const shareIt = (role: string, kind: string, target_id: string) =>
    world.send(role, 'POST', '/shares', { kind, target_id })
  expect(refusal(await shareIt('user', 'run', run))).toEqual([404, 'run.not_found'])
  expect(refusal(await shareIt('user', 'comparison', comparison))).toEqual([404, 'comparison.not_found'])
  expect((await shareIt('stranger', 'run', run)).statusCode).toBe(201)
  expect((await shareIt('stranger', 'comparison', comparison)).statusCode).toBe(201)
})

test('a link to a run or comparison cannot allow runs', async () => {
  const run = await world.start('user', { service_id: 'echo', input_data: ['a'] })
  const answer = await world.send('user', 'POST', '/shares', { kind: 'run', target_id: run, may_run: true })
  expect(refusal(answer)).toEqual([422, 'share.only_stages_run'])
})

test('whoever may not run a service themselves makes no link with which others run it', async () => {
  const link = await world.send('sharer', 'POST', '/shares', { ...stage, may_run: true })
  expect(refusal(link)).toEqual([403, 'auth.not_permitted'])
  const made = await world.send('sharer', 'POST', '/shares', stage)
  expect(made.statusCode).toBe(201)
  const change = await world.send('sharer', 'PATCH', `/shares/${made.json().id}`, { may_run: true })
  expect(refusal(change)).toEqual([403, 'auth.not_permitted'])
})

test('a viewer cannot make links, and a key that is limited to other services cannot share this one', async () => {
  expect(refusal(await world.send('viewer', 'POST', '/shares', stage))).toEqual([403, 'auth.not_permitted'])
  const link = { kind: 'stage', targetId: 'echo', title: '', text: '', mayRun: false } as const
  const asked = createShare(world.deps, {
    ...link,
    maxRuns: null,
    expiresAt: null,
    embedOrigins: [],
    password: undefined,
    actor: { ...testActor('user'), serviceIds: ['other'] },
  })
  await expect(asked).rejects.toMatchObject({ code: 'auth.service_not_allowed' })
})

test('people list and revoke their own links, an administrator all, and a revoked link stays in the list', async () => {
  const mine = await world.link(stage, 'stranger')
  expect((await list('user')).items.map(({ id }) => id)).not.toContain(mine.id)
  expect((await list('admin', '&target_id=echo')).items.map(({ id }) => id)).toContain(mine.id)
  expect((await list('admin', '&target_id=other')).items).toEqual([])
  expect(refusal(await world.send('user', 'DELETE', `/shares/${mine.id}`))).toEqual([404, 'share.unknown'])
  expect((await world.visitor(mine.token).send('')).statusCode).toBe(200)
  expect((await world.send('admin', 'DELETE', `/shares/${mine.id}`)).statusCode).toBe(204)
  expect(refusal(await world.visitor(mine.token).send(''))).toEqual([410, 'share.revoked'])
  const listed = (await list('stranger')).items.find(({ id }) => id === mine.id)
  expect([listed?.state, listed?.views]).toEqual(['revoked', 1])
})
