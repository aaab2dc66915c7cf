import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { eq } from 'drizzle-orm'
import { gate } from '../../../../../tests/support/gate.ts'
import { randomSecret } from '../../lib/secrets.ts'
import { assets } from '../assets/assets.tables.ts'
import { shareNotReady } from './shares.errors.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'
import { shareAssets, shareVisitors } from './shares.tables.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
let base: string
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
  base = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.close())

const runnable = { kind: 'stage', target_id: 'echo', may_run: true }

test('a link that is revoked while a visitor’s stream is being opened opens no stream', async () => {
  const link = await world.link(runnable)
  const guest = world.visitor(link.token)
  const id: string = (await guest.run(['a'], { hold: true })).json().run_id
  const { runs, executor } = world.running
  let hasRevoked = () => {}
  const revoked = new Promise<void>((resolve) => (hasRevoked = resolve))
  const revoking = vi.spyOn(runs, 'brief').mockImplementationOnce(async (runId) => {
    await world.send('user', 'DELETE', `/shares/${link.id}`)
    revoking.mockRestore()
    hasRevoked()
    return runs.brief(runId)
  })
  const heard = fetch(`${base}/api/v1/public/shares/${link.token}/runs/${id}/events`, {
    headers: { cookie: `vitrine_visitor=${guest.cookie()}`, accept: 'text/event-stream' },
  }).then(
    (answer) => answer.text().catch(() => 'cut off'),
    () => 'cut off',
  )
  await revoked
  // A stream that was left open tells its visitor the end of the run.
  executor.cancel(id)
  await world.ended(id)
  expect(await heard).toBe('cut off')
})

test('a run that fails to begin leaves no visitor', async () => {
  const link = await world.link({ ...runnable, max_runs: 1 })
  const before = await world.db.select().from(shareVisitors)
  const failing = vi.spyOn(world.running.runs, 'insert').mockRejectedValueOnce(new Error('no room'))
  const guest = world.visitor(link.token)
  expect(refusal(await guest.run())).toEqual([500, 'internal'])
  failing.mockRestore()
  expect(guest.cookie()).toBeNull()
  expect(await world.db.select().from(shareVisitors)).toEqual(before)
  expect((await guest.send('')).json().runs_left).toBe(1)
})

test('a run that fails to begin says why, and leaves no visitor, also if its place in the number of runs cannot be given back', async () => {
  const link = await world.link(runnable)
  const before = await world.db.select().from(shareVisitors)
  const [reason, away] = [shareNotReady({}), new Error('the database is away')]
  const failing = [
    vi.spyOn(world.running.runs, 'insert').mockRejectedValueOnce(reason),
    vi.spyOn(world.deps.shares, 'refundRun').mockRejectedValueOnce(away),
  ]
  const told = vi.spyOn(world.deps, 'onError')
  expect(refusal(await world.visitor(link.token).run())[1]).toBe('share.not_ready')
  expect(await world.db.select().from(shareVisitors)).toEqual(before)
  // What is left of it is not hidden.
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ errors: [reason, away] }))
  for (const spy of [...failing, told]) spy.mockRestore()
})

test('a first run that fails does not take away the visitor of another one of the same page', async () => {
  const { token } = await world.link(runnable)
  const secret = randomSecret()
  const [one, other] = [1, 2].map(() => world.visitor(token, undefined, secret))
  const { runs } = world.running
  const insert = runs.insert.bind(runs)
  const [oneInserts, otherInserts, oneFailed] = [gate(), gate(), gate()]
  const inserting = vi
    .spyOn(runs, 'insert')
    .mockImplementationOnce(async () => {
      oneInserts.open()
      await otherInserts.passed
      throw new Error('no room')
    })
    .mockImplementationOnce(async (run) => {
      otherInserts.open()
      await oneFailed.passed
      return insert(run)
    })
  const failing = one?.run()
  await oneInserts.passed
  const running = other?.run()
  expect((await failing)?.statusCode).toBe(500)
  oneFailed.open()
  const { run_id } = (await running)?.json() ?? {}
  inserting.mockRestore()
  expect((await other?.ended(run_id))?.status).toBe('succeeded')
})

test('the last place for an upload is taken once, and the file without a place is not kept', async () => {
  const link = await world.link(runnable)
  const guest = world.visitor(link.token)
  expect((await guest.upload('first.txt', 'first')).statusCode).toBe(201)
  const [visitor] = await world.db.select().from(shareVisitors).where(eq(shareVisitors.shareId, link.id))
  const rows = Array.from({ length: 98 }, () => ({ assetId: randomUUID(), visitorId: visitor?.id ?? '' }))
  await world.db.insert(shareAssets).values(rows)
  const { keepUpload } = world.deps
  const kept: string[] = []
  let bothKept = () => {}
  const both = new Promise<void>((resolve) => (bothKept = resolve))
  const keeping = vi.spyOn(world.deps, 'keepUpload').mockImplementation(async (upload) => {
    const asset = await keepUpload(upload)
    if (kept.push(asset.id) === 2) bothKept()
    // Both have passed the first count.
    await both
    return asset
  })
  const answers = await Promise.all([guest.upload('a.txt', 'one'), guest.upload('b.txt', 'other')])
  keeping.mockRestore()
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
  const found = await Promise.all(kept.map((id) => world.running.media.assets.get(id)))
  expect(found.filter((asset) => asset !== null)).toHaveLength(1)
})

test('an upload that cannot be recorded is not kept', async () => {
  const { token } = await world.link(runnable)
  const failing = vi.spyOn(world.deps.shares, 'addAsset').mockRejectedValueOnce(new Error('no room'))
  const before = await world.db.select({ id: assets.id }).from(assets)
  expect((await world.visitor(token).upload('a.txt', 'one')).statusCode).toBeGreaterThanOrEqual(400)
  expect(failing).toHaveBeenCalledOnce()
  failing.mockRestore()
  expect(await world.db.select({ id: assets.id }).from(assets)).toEqual(before)
})

test('a cookie that is sent twice counts as absent', async () => {
  const { token } = await world.link({ ...runnable, password: 'open sesame' })
  const guest = world.visitor(token)
  await guest.send('/unlock', { payload: { password: 'open sesame' } })
  const own = `vitrine_visitor=${guest.cookie() ?? ''}`
  const withCookies = (cookie: string) =>
    world.app.inject({ url: `/api/v1/public/shares/${token}`, headers: { cookie } })
  expect((await withCookies(own)).statusCode).toBe(200)
  // A script on another port of the host can set one for a longer path, which browsers send first.
  for (const cookies of [`${own}; vitrine_visitor=theirs`, `vitrine_visitor=theirs; ${own}`])
    expect(refusal(await withCookies(cookies))).toEqual([401, 'share.locked'])
})
