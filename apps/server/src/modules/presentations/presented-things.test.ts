import { afterAll, beforeAll, expect, test } from 'vitest'
import { eq } from 'drizzle-orm'
import { emptyPresentation, publicShare, run as shownRun } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { assets } from '../assets/assets.tables.ts'
import { createPastRunsRepository } from '../runs/history/past-runs.repository.ts'
import { runs } from '../runs/runs.tables.ts'
import { forgetOldRuns } from '../runs/history/forget-old-runs.ts'
import { refusal } from '../shares/shares.test-world.ts'
import { requireShowable } from './presented-things.ts'
import { openPresentationsWorld } from './presentations.test-world.ts'

let world: Awaited<ReturnType<typeof openPresentationsWorld>>
beforeAll(async () => {
  world = await openPresentationsWorld()
})
afterAll(() => world.close())

test('a chosen run is an example with its result for everybody, also through a link, but without its log', async () => {
  const picture = await world.addAsset(testActor('user').id)
  const id = await world.goodRun('user', { asset_id: picture })
  expect((await world.send('stranger', 'GET', `/runs/${id}`)).statusCode).toBe(404)
  // A runtime puts what the run printed into its answer.
  const [row] = await world.db.select().from(runs).where(eq(runs.id, id))
  const result = row?.result ? { ...row.result, logs: 'printed' } : null
  await world.db.update(runs).set({ result }).where(eq(runs.id, id))
  await world.publish({
    examples: [{ name: { en: 'A picture', zh: '一张图' }, run_id: id }],
    cover: { from: 'run', run_id: id },
  })
  const { examples, samples } = await world.stageIn('zh')
  expect(examples[0]).toMatchObject({
    name: '一张图',
    input_data: [{ asset_id: picture }],
    preview_asset_id: picture,
  })
  expect(samples).toContainEqual({ example: 0, run_id: id })
  const seen = shownRun.parse((await world.send('stranger', 'GET', `/runs/${id}`)).json())
  expect([seen.id, seen.logs, seen.result?.logs]).toEqual([id, '', ''])
  const card = await world.card()
  expect(card?.sample?.input).toEqual({ asset_id: picture })

  const { token } = await world.link({ kind: 'stage', target_id: 'echo', may_run: true })
  const visitor = world.visitor(token)
  const page = publicShare.parse((await visitor.send('')).json())
  expect(page.stage?.samples).toContainEqual({ example: 0, run_id: id })
  expect((await visitor.send(`/runs/${id}`)).statusCode).toBe(200)
  expect((await visitor.run([{ asset_id: picture }])).statusCode).toBe(202)
})

test('a chosen run without a name is called after its text, or after its file', async () => {
  const picture = await world.addAsset(testActor('user').id)
  await world.db.update(assets).set({ name: '码头.jpg' }).where(eq(assets.id, picture))
  const ids = [await world.goodRun('user', 'hello world'), await world.goodRun('user', { asset_id: picture })]
  await world.publish({ examples: ids.map((run_id) => ({ name: {}, run_id })) })
  const { examples } = await world.stageIn('zh')
  expect(examples.slice(0, 2).map(({ name }) => name)).toEqual(['hello world', '码头'])
})

test('a key that is limited to a service cannot show other pictures of its owner', async () => {
  const picture = await world.addAsset(testActor('user').id)
  const actor = { ...testActor('user'), serviceIds: ['echo'] }
  const presentation = { ...emptyPresentation, cover: { from: 'asset' as const, asset_id: picture } }
  const service = { id: 'echo', ownerId: actor.id }
  const { runs: runsOf, media, releases } = world.running
  const deps = { runs: runsOf, assets: media.assets, releases }
  const asked = { service, presentation, known: [] }
  await expect(requireShowable(deps, { ...asked, actor })).rejects.toMatchObject({
    code: 'presentation.not_showable',
  })
  await requireShowable(deps, { ...asked, actor: testActor('user') })
})

test('a run that is presented cannot be deleted and is not forgotten, and its media stay', async () => {
  const picture = await world.addAsset(testActor('user').id)
  const id = await world.goodRun('user', { asset_id: picture })
  await world.publish({ examples: [{ run_id: id }] })
  expect(refusal(await world.send('user', 'DELETE', `/runs/${id}`))).toEqual([409, 'run.shown'])
  expect(await world.presentations.presentingAsset(picture)).toEqual(['echo'])
  const forget = async () =>
    forgetOldRuns(
      { pastRuns: createPastRunsRepository(world) },
      {
        retention: { days: 0, perService: 1_000 },
        except: await world.presentations.shownRuns(),
        now: new Date(Date.now() + 1_000),
      },
    )
  await forget()
  expect((await world.send('user', 'GET', `/runs/${id}`)).statusCode).toBe(200)
  await world.publish({})
  await forget()
  expect((await world.send('user', 'GET', `/runs/${id}`)).statusCode).toBe(404)
})

test('runs and media that are not the writer’s to show are refused, each with its field', async () => {
  const { token } = await world.link({ kind: 'stage', target_id: 'echo', may_run: true })
  const visitors = (await world.visitor(token).run()).json().run_id
  await world.ended(visitors)
  const strangers = await world.goodRun('stranger')
  const theirs = await world.addAsset(world.stranger.id)
  const own = await world.goodRun()
  await world.db.update(runs).set({ serviceId: 'other' }).where(eq(runs.id, own))
  const unknown = '33333333-3333-4333-8333-333333333333'
  const text = await world.addAsset(testActor('user').id)
  await world.db.update(assets).set({ kind: 'video' }).where(eq(assets.id, text))
  const attempts: [string, object, string][] = [
    // Administrators may read these, but not show them.
    ['admin', { cover: { from: 'run', run_id: visitors } }, 'cover.run_id of_others'],
    ['admin', { examples: [{ run_id: strangers }] }, 'examples[0].run_id of_others'],
    ['admin', { cover: { from: 'asset', asset_id: theirs } }, 'cover.asset_id of_others'],
    ['user', { cover: { from: 'run', run_id: visitors } }, 'cover.run_id not_found'],
    ['user', { examples: [{ run_id: strangers }] }, 'examples[0].run_id not_found'],
    ['user', { cover: { from: 'asset', asset_id: theirs } }, 'cover.asset_id not_found'],
    ['user', { cover: { from: 'run', run_id: unknown } }, 'cover.run_id not_found'],
    ['user', { cover: { from: 'run', run_id: own } }, 'cover.run_id other_service'],
    ['user', { cover: { from: 'asset', asset_id: text } }, 'cover.asset_id not_a_picture'],
  ]
  for (const [role, presentation, expected] of attempts) {
    const answer = await world.save(presentation, role)
    const { code, details } = answer.json().error
    expect([answer.statusCode, code, `${details.field} ${details.why}`]).toEqual([
      422,
      'presentation.not_showable',
      expected,
    ])
  }
})

test('where a chosen run was deleted, the cover is automatic, and the editor hears of it', async () => {
  const id = await world.goodRun()
  await world.publish({ cover: { from: 'run', run_id: id }, examples: [{ run_id: id }] })
  await world.db.delete(runs).where(eq(runs.id, id))
  expect((await world.read()).missing).toEqual(['cover.run_id', 'examples[0].run_id'])
  expect((await world.cards()).some(({ service_id }) => service_id === 'echo')).toBe(true)
  expect((await world.stageIn('zh')).samples.map(({ run_id }) => run_id)).not.toContain(id)
  // What was chosen before does not keep others from saving.
  expect((await world.save({ cover: { from: 'run', run_id: id }, order: 3 })).statusCode).toBe(200)
})

test('a cover that was uploaded is shown to everybody as long as it is published', async () => {
  const picture = await world.addAsset(testActor('user').id)
  await world.publish({ cover: { from: 'asset', asset_id: picture } })
  const card = await world.card()
  expect([card?.cover_asset_id, card?.sample]).toEqual([picture, null])
  const { presentedBy } = world.running.media
  expect(await presentedBy(picture)).toEqual(['echo'])
  await world.publish({})
  expect(await presentedBy(picture)).toEqual([])
})
