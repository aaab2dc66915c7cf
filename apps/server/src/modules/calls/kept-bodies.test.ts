import { randomUUID } from 'node:crypto'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { call } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createCallsRepository } from './calls.repository.ts'
import { addCallRoutes } from './calls.routes.ts'
import { linesText, logLine, openCallsWorld } from './calls.test-world.ts'
import { forgetCallsOf, forgetOldCalls } from './calls.usecases.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
let app: Awaited<ReturnType<typeof createTestApp>>
beforeEach(async () => {
  world = await openCallsWorld()
  const limited = { ...testActor('user'), serviceIds: ['other'] }
  app = await createTestApp({ limited, other: testActor('user', randomUUID()) })
  addCallRoutes(app, {
    calls: createCallsRepository(world),
    services: world.services,
    clock: () => new Date(),
  })
})
afterEach(async () => {
  await app.close()
  await world.close()
})

const bodies = {
  request: { type: 'application/json', bytes: 2, text: '{}', is_cut: false },
  response: { type: 'text/plain', bytes: 2, text: 'ok', is_cut: false },
}
const bodiesOf = (id: string, role: string) =>
  app.inject({ url: `/api/v1/calls/${id}/bodies`, headers: { 'x-test-role': role } })

test('what was sent and answered is for those who may operate the service, and goes with the call', async () => {
  const kept = randomUUID()
  await mkdir(world.keptFolder)
  await writeFile(join(world.keptFolder, kept), JSON.stringify(bodies))
  await world.write(linesText(logLine({ kept }), logLine()))
  world.record()
  await expect.poll(() => world.heard).toHaveLength(2)
  const answer = await app.inject({ url: '/api/v1/calls', headers: { 'x-test-role': 'user' } })
  const { items } = z.object({ items: z.array(call) }).parse(answer.json())
  const withBodies = items.find((one) => one.has_bodies)
  const without = items.find((one) => !one.has_bodies)
  expect((await bodiesOf(withBodies?.id ?? '', 'user')).json()).toEqual(bodies)
  expect((await bodiesOf(withBodies?.id ?? '', 'admin')).json()).toEqual(bodies)
  // Another person's service, and one outside the limit of a key.
  expect((await bodiesOf(withBodies?.id ?? '', 'other')).json().error.code).toBe('service.not_yours')
  expect((await bodiesOf(withBodies?.id ?? '', 'limited')).json().error.code).toBe('call.bodies_not_kept')
  expect((await bodiesOf(without?.id ?? '', 'user')).json().error.code).toBe('call.bodies_not_kept')
  await forgetCallsOf(world, 'echo', null)
  expect((await bodiesOf(withBodies?.id ?? '', 'user')).statusCode).toBe(404)
})

test('what a deleted service was sent is not for the owner of the next one with its ID, also before it is deleted', async () => {
  const [kept, own] = [randomUUID(), randomUUID()]
  await mkdir(world.keptFolder)
  for (const name of [kept, own]) await writeFile(join(world.keptFolder, name), JSON.stringify(bodies))
  const began = new Date('2026-03-01T08:00:00.000Z')
  await world.write(linesText(logLine({ kept, time: '2026-03-01T07:00:00.000Z' })))
  world.record()
  await expect.poll(() => world.heard).toHaveLength(1)
  await world.services.delete('echo')
  await world.addService('echo', began)
  await world.write(linesText(logLine({ kept: own, time: '2026-03-01T09:00:00.000Z' })))
  await expect.poll(() => world.heard).toHaveLength(2)
  const listed = async () => {
    const answer = await app.inject({ url: '/api/v1/calls', headers: { 'x-test-role': 'user' } })
    return z.object({ items: z.array(call) }).parse(answer.json()).items
  }
  const statuses = async () =>
    Promise.all((await listed()).map(async ({ id }) => (await bodiesOf(id, 'user')).statusCode))
  expect(await statuses()).toEqual([200, 404])
  const hours = { serviceId: 'echo', stepS: 3_600, since: new Date(0), replica: null }
  const summed = async () => (await createCallsRepository(world).sumsOf(hours)).map(({ calls }) => calls)
  expect(await summed()).toEqual([1, 1])
  await forgetCallsOf(world, 'echo', began)
  expect([await statuses(), await summed()]).toEqual([[200], [1]])
})

test('a file that a killed gateway or control plane left is removed after a day', async () => {
  await mkdir(world.keptFolder)
  const [old, fresh] = [randomUUID(), randomUUID()]
  for (const name of [old, fresh]) await writeFile(join(world.keptFolder, name), '{}')
  const now = new Date()
  await utimes(join(world.keptFolder, old), now, new Date(now.getTime() - 2 * 86_400_000))
  await forgetOldCalls(world, { days: 30, now })
  expect(await readdir(world.keptFolder)).toEqual([fresh])
})
