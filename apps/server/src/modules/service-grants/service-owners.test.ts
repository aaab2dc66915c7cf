import { afterEach, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { createOwnedRoom } from '../quotas/owned.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { createServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { users } from '../users/users.tables.ts'
import { createServiceGrantsRepository } from './service-grants.repository.ts'
import { handOver } from './service-owners.usecases.ts'

const people = { anna: crypto.randomUUID(), bert: crypto.randomUUID(), carl: crypto.randomUUID() }
let vitrine: Awaited<ReturnType<typeof createTestDatabase>>
beforeEach(async () => {
  vitrine = await createTestDatabase()
  const { db } = vitrine
  await createUsersRepository({ db }).seedRoles()
  for (const [username, id] of Object.entries(people))
    await db.insert(users).values({ id, role: 'user', username, passwordHash: 'x' })
  const owner = { ownerId: people.anna, ownerName: 'anna' }
  await db.insert(algorithms).values({ id: 'echo', name: 'echo', task: 'other', description: '', ...owner })
  await createServicesRepository({ db }).insert(storedService({ id: 'echo', algorithmId: 'echo', ...owner }))
})
afterEach(() => vitrine.close())

/** Hands the service over to Carl, while `meanwhile` happens after the service was read first. */
async function toCarl(actor: ReturnType<typeof testActor>, meanwhile: () => Promise<unknown>) {
  const services = createServicesRepository(vitrine)
  const ended: string[] = []
  let isFirst = true
  const get = async (id: string) => {
    const row = await services.get(id)
    if (isFirst) await meanwhile()
    isFirst = false
    return row
  }
  const deps = {
    services: { ...services, get },
    grants: createServiceGrantsRepository(vitrine),
    users: createUsersRepository(vitrine),
    owned: createOwnedRoom(defaultQuotas()),
    onRightsLost: (userIds: readonly string[]) => void ended.push(...userIds),
  }
  const answer = await handOver(deps, { actor, id: 'echo', username: 'carl' }).catch(
    (error: unknown) => error,
  )
  return { answer, ended, owner: (await services.get('echo'))?.ownerName }
}
const toBert = () =>
  createServicesRepository(vitrine).handOver('echo', {
    from: people.anna,
    to: { ownerId: people.bert, ownerName: 'bert' },
  })

test('who has handed a service over cannot give it to a second person at the same time', async () => {
  const { answer, ended, owner } = await toCarl(testActor('user', people.anna), toBert)
  expect(answer).toMatchObject({ code: 'service.not_owner' })
  expect([owner, ended]).toEqual(['bert', []])
})

test('of two administrators who hand a service over at once, the later one takes it from whom the first gave it to', async () => {
  const { answer, ended, owner } = await toCarl(testActor('admin'), toBert)
  expect(answer).toEqual({ owner: 'carl' })
  expect([owner, ended]).toEqual(['carl', [people.bert]])
})

test('a service that is deleted while it is handed over is not found', async () => {
  const { answer } = await toCarl(testActor('admin'), () => createServicesRepository(vitrine).delete('echo'))
  expect(answer).toMatchObject({ code: 'service.not_found' })
})

/** A preview of the service, and where it is now. */
async function withPreview(id: string, groupId: string | null) {
  const services = createServicesRepository(vitrine)
  const owner = { ownerId: people.anna, ownerName: 'anna' }
  await services.insert(
    storedService({ id, algorithmId: 'echo', ...owner, groupId, previewOf: 'echo', previewBranch: id }),
  )
  return async () => {
    const row = await services.get(id)
    return [row?.ownerName, row?.groupId]
  }
}

test('the previews of a service go with it to another owner and another group, unless they were elsewhere', async () => {
  const services = createServicesRepository(vitrine)
  const groups = createServiceGroupsRepository(vitrine)
  const ids: (string | null)[] = []
  for (const name of ['before', 'after', 'elsewhere']) ids.push(await groups.insert({ name, colour: 'red' }))
  const [before = null, after = null, elsewhere = null] = ids
  await services.update('echo', { groupId: before })
  const along = await withPreview('echo--next', before)
  const apart = await withPreview('echo--apart', elsewhere)
  await services.update('echo', { groupId: after })
  expect(await along()).toEqual(['anna', after])
  expect(await apart()).toEqual(['anna', elsewhere])
  await services.update('echo', { groupId: null })
  expect(await along()).toEqual(['anna', null])
  await services.update('echo', { groupId: before })
  expect(await along()).toEqual(['anna', before])
  await toCarl(testActor('user', people.anna), async () => {})
  expect([(await along())[0], (await apart())[0]]).toEqual(['carl', 'carl'])
})
