import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stage } from '@vitrine/contract'
import { releases } from '../releases/releases.tables.ts'
import { manifest } from '../runs/runs.test-manifest.ts'
import { openSharesWorld } from '../shares/shares.test-world.ts'
import { addShowcaseRoutes } from './showcase.routes.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  addShowcaseRoutes(world.app, world.deps.showcase)
  await world.addService('echo', { starts: false })
})
afterAll(() => world.close())

/** Gives a release a parameter with a default. */
const withDefault = (number: number, share: number) =>
  world.db
    .update(releases)
    .set({ manifest: { ...manifest, parameters: { properties: { share: { default: share } } } } })
    .where(and(eq(releases.serviceId, 'echo'), eq(releases.number, number)))

test('the stage of a service is that of its active release, or of an earlier one that is asked for', async () => {
  await withDefault(1, 40)
  await withDefault(2, 8)
  const read = async (query: string) => {
    const answer = await world.send('viewer', 'GET', `/showcase/echo${query}`)
    const { release, manifest: shown } = stage.parse(answer.json())
    return [release, shown.parameters]
  }
  expect(await read('')).toEqual([2, { properties: { share: { default: 8 } } }])
  expect(await read('?release=1')).toEqual([1, { properties: { share: { default: 40 } } }])
})

test('a release that does not exist or never served has no stage', async () => {
  await world.db.update(releases).set({ status: 'failed' }).where(eq(releases.number, 9))
  const refusals = []
  for (const number of [7, 9]) {
    const answer = await world.send('viewer', 'GET', `/showcase/echo?release=${number}`)
    refusals.push(answer.json().error.code)
  }
  expect(refusals).toEqual(['release.not_found', 'release.never_served'])
})

test('a service that was never deployed successfully has no stage, and the answer names no release', async () => {
  await world.db.update(releases).set({ status: 'failed' })
  const { error } = (await world.send('viewer', 'GET', '/showcase/echo')).json()
  expect(error).toMatchObject({
    code: 'release.not_found',
    message: '服务 echo 还没有可用的版本：须先部署成功',
    details: { service_id: 'echo', release: null },
  })
})
