import { afterEach, beforeEach, expect, test } from 'vitest'
import type { GrantLevel } from '@vitrine/contract'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { createOwnedRoom } from '../quotas/owned.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { createServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { createCustomRolesRepository } from '../users/custom-roles.repository.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { createServiceGrantsRepository } from './service-grants.repository.ts'
import { addServiceGrantRoutes } from './service-grants.routes.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let admin: string
let group: string
let ended: string[]
beforeEach(async () => {
  vitrine = await openAccessApp()
  ended = []
  const { db } = vitrine
  const groups = createServiceGroupsRepository({ db })
  addServiceGrantRoutes(vitrine.app, {
    groups,
    grants: createServiceGrantsRepository({ db }),
    services: createServicesRepository({ db }),
    users: createUsersRepository({ db }),
    customRoles: createCustomRolesRepository({ db }),
    owned: createOwnedRoom(defaultQuotas()),
    onGrantsChanged: async (userIds) => {
      ended.push(...userIds)
      await vitrine.access.publishKeys()
    },
    onRightsLost: (userIds) => void ended.push(...userIds),
  })
  admin = (await vitrine.signIn('admin')).access_token
  group = (await groups.insert({ name: '视觉', colour: 'blue' })) ?? ''
})
afterEach(() => vitrine.close())

const put = (to: object, level: GrantLevel, bearer = admin) =>
  vitrine.send(`/service-groups/${group}/grants`, { method: 'PUT', bearer, payload: { to, level } })
const take = (id: string, bearer = admin) =>
  vitrine.send(`/service-groups/${group}/grants/${id}`, { method: 'DELETE', bearer })
const listed = async () => (await vitrine.send(`/service-groups/${group}/grants`, { bearer: admin })).json()
const codeOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]
/** A person with a new custom role of these permissions. */
async function personWith(permissions: string[], username: string) {
  const made = await vitrine.send('/roles', { bearer: admin, payload: { name: username, permissions } })
  const payload = { username, password, role: 'viewer', custom_role_id: made.json().id }
  const { id } = (await vitrine.send('/users', { bearer: admin, payload })).json()
  return { id, role: made.json().id, bearer: (await vitrine.signIn(username)).access_token }
}
const grantsOf = (userId: string) => createServiceGrantsRepository(vitrine).heldBy(userId)
async function addService(id: string, part: { owner?: string; codeOf?: string; code?: string }) {
  const owner = { ownerId: part.owner ?? crypto.randomUUID(), ownerName: 'owner' }
  const code = { ownerId: part.codeOf ?? owner.ownerId, ownerName: 'owner' }
  const algorithmId = part.code ?? id
  await vitrine.db
    .insert(algorithms)
    .values({ id: algorithmId, name: id, task: 'other', description: '', ...code })
    .onConflictDoNothing()
  const row = storedService({ id, algorithmId, groupId: group, ...owner })
  await createServicesRepository(vitrine).insert(row)
}

test('somebody has one grant of a group: another one takes its place, and each change ends their streams, so that pages learn of it', async () => {
  const { user } = await vitrine.person('anna', 'user')
  expect((await put({ username: 'Anna' }, 'own')).json()).toMatchObject({ level: 'own', holder_name: 'anna' })
  await put({ username: 'anna' }, 'own')
  expect(ended).toEqual([user.id])
  await put({ username: 'anna' }, 'run')
  expect(ended).toEqual([user.id, user.id])
  expect((await listed()).items).toMatchObject([{ level: 'run', holder: 'user', holder_name: 'anna' }])
})

test('a grant for a role is for whoever has it, and not for holders of custom roles with the same base', async () => {
  const anna = await vitrine.person('anna', 'user')
  const { id, role } = await personWith(['services.read'], 'carla')
  await addService('seen', {})
  await put({ role: 'user' }, 'operate')
  expect(await grantsOf(anna.user.id)).toMatchObject([{ serviceId: 'seen', level: 'operate' }])
  expect(await grantsOf(id)).toEqual([])
  const { id: grant } = (await put({ custom_role_id: role }, 'run')).json()
  expect(await grantsOf(id)).toMatchObject([{ serviceId: 'seen', level: 'run' }])
  expect((await take(grant)).statusCode).toBe(204)
  expect(ended).toEqual([anna.user.id, id, id])
  expect(await grantsOf(id)).toEqual([])
})

test('a grant includes the code of an algorithm with the ID and the owner of the service alone', async () => {
  const { user } = await vitrine.person('anna', 'user')
  await put({ username: 'anna' }, 'own')
  await addService('both', {})
  // Somebody could otherwise name a service like the algorithm of another person, and put it into the group.
  await addService('foreign', { codeOf: crypto.randomUUID() })
  await addService('named', { code: 'both' })
  const held = new Map((await grantsOf(user.id)).map(({ serviceId, hasCode }) => [serviceId, hasCode]))
  expect(held).toEqual(
    new Map([
      ['both', true],
      ['foreign', false],
      ['named', false],
    ]),
  )
})

test('what somebody holds is in the same order, whatever is changed of the services: a stream compares it', async () => {
  const { user } = await vitrine.person('anna', 'user')
  for (const id of ['beta', 'alpha', 'gamma']) await addService(id, {})
  await put({ username: 'anna' }, 'run')
  await put({ role: 'user' }, 'operate')
  const before = await grantsOf(user.id)
  const services = createServicesRepository(vitrine)
  for (const id of ['beta', 'alpha']) await services.update(id, { desired: 'stopped' })
  const names = (held: typeof before) => held.map(({ serviceId, level }) => `${serviceId} ${level}`)
  expect(names(await grantsOf(user.id))).toEqual(names(before))
})

test('nobody grants what they may not do with every service, nor takes it away', async () => {
  await vitrine.person('anna', 'user')
  const manager = await personWith(['users.manage'], 'manager')
  const seer = await personWith(
    [
      'users.manage',
      ...['showcase.read', 'services.read', 'runs.create', 'runs.read', 'tasks.read', 'tasks.cancel'],
      ...['assets.read', 'assets.write', 'services.logs', 'services.operate'],
    ],
    'seer',
  )
  expect(codeOf(await put({ username: 'anna' }, 'run', manager.bearer))).toEqual([403, 'auth.not_permitted'])
  expect((await put({ username: 'anna' }, 'run', seer.bearer)).statusCode).toBe(200)
  expect(codeOf(await put({ username: 'seer' }, 'operate', seer.bearer))).toEqual([
    403,
    'auth.administrators_only',
  ])
  const { id } = (await put({ username: 'anna' }, 'operate')).json()
  expect(codeOf(await take(id, seer.bearer))).toEqual([403, 'auth.administrators_only'])
  expect(codeOf(await put({ username: 'anna' }, 'run', seer.bearer))).toEqual([
    403,
    'auth.administrators_only',
  ])
})

test('what is granted meanwhile is not replaced, and not taken away, in place of what was judged', async () => {
  const { user } = await vitrine.person('anna', 'user')
  const grants = createServiceGrantsRepository(vitrine)
  const holder = { userId: user.id }
  await grants.put(group, holder, { from: null, to: 'own' })
  expect(await grants.put(group, holder, { from: null, to: 'run' })).toBeNull()
  expect(await grants.put(group, holder, { from: 'run', to: 'operate' })).toBeNull()
  const { id } = (await listed()).items[0]
  expect(await grants.remove({ id, level: 'run' })).toBe(false)
  expect(await grants.levelOf(group, holder)).toBe('own')
  expect(await grants.put(group, holder, { from: 'own', to: 'run' })).toBe(id)
  expect(await grants.remove({ id, level: 'run' })).toBe(true)
})

test('the gateway is told of grants for people whose role may run nothing, and of nobody else', async () => {
  await vitrine.person('anna', 'user')
  const { id, role } = await personWith(['services.read'], 'carla')
  const runner = await personWith(['services.read', 'runs.create', 'runs.read', 'showcase.read'], 'roger')
  const told = () => vitrine.published.at(-1)?.grants
  await put({ username: 'anna' }, 'run')
  await put({ custom_role_id: runner.role }, 'run')
  expect(told()).toBeUndefined()
  const { id: toRole } = (await put({ custom_role_id: role }, 'run')).json()
  const { id: toCarla } = (await put({ username: 'carla' }, 'operate')).json()
  expect(told()).toEqual([{ caller: `user:${id}`, groups: [group] }])
  await take(toRole)
  expect(told()).toEqual([{ caller: `user:${id}`, groups: [group] }])
  await take(toCarla)
  expect(told()).toBeUndefined()
  await put({ username: 'carla' }, 'run')
  await vitrine.send(`/users/${id}`, { method: 'PATCH', bearer: admin, payload: { disabled: true } })
  expect(told()).toBeUndefined()
})

test('the page is told what somebody may do with some services beside their role', async () => {
  const { bearer } = await personWith(['host.read', 'services.read'], 'carla')
  const me = async () => (await vitrine.send('/auth/me', { bearer })).json()
  await put({ username: 'carla' }, 'operate')
  // There is no service in the group yet.
  expect((await me()).granted_permissions).toEqual([])
  await addService('seen', {})
  expect((await me()).permissions).toEqual(['host.read', 'services.read'])
  expect((await me()).granted_permissions).toEqual(
    expect.arrayContaining(['services.operate', 'services.logs', 'runs.create']),
  )
  expect((await me()).granted_permissions).not.toContain('services.deploy')
})

test('what does not exist is refused, and changes are in the audit log', async () => {
  expect(codeOf(await put({ username: 'nobody' }, 'run'))).toEqual([422, 'service_grant.person_not_found'])
  expect(codeOf(await put({ custom_role_id: crypto.randomUUID() }, 'run'))).toEqual([404, 'role.not_found'])
  expect((await put({ role: 'admin' }, 'run')).statusCode).toBe(422)
  expect(codeOf(await take(crypto.randomUUID()))).toEqual([404, 'service_grant.not_found'])
  const { id } = (await put({ role: 'viewer' }, 'own')).json()
  await take(id)
  const { items } = (await vitrine.send('/audit?q=grants', { bearer: admin })).json()
  expect(items).toMatchObject([
    { action: 'DELETE /service-groups/{id}/grants/{grant_id}', target: `${group}/${id}` },
    {
      action: 'PUT /service-groups/{id}/grants',
      target: group,
      details: { values: { level: 'own', to: { role: 'viewer' } } },
    },
  ])
})
