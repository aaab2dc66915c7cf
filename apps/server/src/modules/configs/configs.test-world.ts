import { z } from 'zod'
import type { Json } from '@vitrine/contract'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { textSealer } from '../../lib/sealed-text.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { addAuditHook } from '../audit/audit.hook.ts'
import { createAuditRepository } from '../audit/audit.repository.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { createReleasesRepository } from '../releases/releases.repository.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { users } from '../users/users.tables.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { createConfigDrafts } from './drafts/drafts.repository.ts'
import { parseExport } from './export/export-format.ts'
import type { FixedLayers } from './effective/current-config.ts'
import { createConfigsRepository } from './configs.repository.ts'
import { addConfigRoutes, type ConfigRoutesDeps } from './configs.routes.ts'
import { openedValue } from './effective/service-variables.ts'
import { serviceScope } from './scopes/config-scope.ts'

const changed = z.object({ revision: z.number() })
const admin = testActor('admin', '44444444-4444-4444-8444-444444444444')
/** Has a role of its own that may change the configuration. */
const configurer = {
  ...testActor('user', '55555555-5555-4555-8555-555555555555'),
  permissions: new Set(['services.read', 'config.manage'] as const),
}
const colleague = testActor('user', '22222222-2222-4222-8222-222222222222')

/**
 * The configuration of the services `one`, `two` and `three` of `user`, and of `foreign`, which belongs to `colleague`,
 * on a real database. `env` and `file` are the layers that do not change. No instances run. `replaced` lists the
 * services whose instances should have been replaced.
 */
export async function openConfigsWorld({ env = {}, file = new Map() }: Partial<FixedLayers> = {}) {
  const database = await createTestDatabase()
  const { db } = database
  const services = createServicesRepository({ db })
  const addService = async (id: string, ownerId: string) => {
    const owner = { ownerId, ownerName: 'someone' }
    const named = { id, name: id }
    await db.insert(algorithms).values({ ...named, task: 'other', description: '', ...owner })
    await services.insert({
      ...named,
      ...owner,
      options: testOptions,
      algorithmId: id,
      desired: 'running',
      mode: 'local',
    })
  }
  await createUsersRepository({ db }).seedRoles()
  for (const { id, name, role } of [testActor('user'), colleague, configurer, admin])
    await db.insert(users).values({ id, role, username: `${name} ${id}`, passwordHash: 'x' })
  for (const id of ['one', 'two', 'three']) await addService(id, testActor('user').id)
  await addService('foreign', colleague.id)
  const replaced: string[] = []
  const saved = new Map<string, Json>()
  const configs = createConfigsRepository({ db })
  const sealer = textSealer('a secret of the tests')
  const deps: ConfigRoutesDeps = {
    configs,
    services,
    releases: createReleasesRepository({ db }),
    instanceRows: createInstancesRepository({ db }),
    madeAtStart: new Map(),
    savedElsewhere: async () => new Map(saved),
    sealer,
    env,
    file,
    clock: () => new Date(),
    onError: (error) => console.error(error),
    drafts: createConfigDrafts({ db }),
    exports: { read: async (_person, text) => parseExport(text) },
    current: { reload: async () => {} },
    changeOption: async () => {},
    replaceInstances: async ({ id }) => {
      replaced.push(id)
      return { id: '33333333-3333-4333-8333-333333333333' }
    },
    beginCanary: async () => {
      throw new Error('nothing runs here')
    },
  }
  const app = await createTestApp({ admin, colleague, configurer })
  const audit = createAuditRepository({ db, key: 'the key of these tests' })
  addAuditHook(app, { audit })
  addConfigRoutes(app, { ...deps, settings: [] })
  const send = (
    role: string,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
    language = 'en',
  ) =>
    app.inject({
      method,
      url: `/api/v1/config${path}`,
      headers: { 'x-test-role': role, 'accept-language': language },
      ...(payload && { payload }),
    })
  return {
    db,
    deps,
    replaced,
    /** Values of the platform that another page has saved, by key. */
    saved,
    send,
    /** Asks for the values of the platform as somebody who has had an answer with this tag. */
    askAgain: (role: string, tag: string) =>
      app.inject({
        url: '/api/v1/config/effective',
        headers: { 'x-test-role': role, 'accept-language': 'en', 'if-none-match': tag },
      }),
    /** The newest entry of the audit log, and how many there are. */
    async newestEntry() {
      const { items, total } = await audit.list({ page: 1, page_size: 1, q: '', sort: '' })
      return { entry: items[0], total }
    },
    /** Sets a value of a service as its owner. Resolves with the revision. */
    async set(id: string, key: string, value: object): Promise<number> {
      const answer = await send('admin', 'POST', `/${key}`, { service_id: id, apply: false, ...value })
      return changed.parse(answer.json()).revision
    },
    /** The values of a service in clear, by key. */
    async valuesOf(id: string): Promise<Record<string, unknown>> {
      const rows = await configs.values([serviceScope(id)])
      return Object.fromEntries(
        rows.map(({ configKey: key, configValue: value, secret }) => [
          key,
          openedValue(sealer, { key, value, secret }),
        ]),
      )
    },
    async close() {
      await app.close()
      await database.close()
    },
  }
}
