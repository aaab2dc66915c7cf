import type { FastifyInstance } from 'fastify'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { multipart } from '../../../../../tests/support/multipart.ts'
import { createBus } from '../../lib/bus.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { Actor } from '../../lib/actor.ts'
import { systemClock } from '../../lib/clock.ts'
import { UploadStore } from '../uploads/upload-store.ts'
import { registerUploadRoutes } from '../uploads/uploads.routes.ts'
import type { UploadsDeps } from '../uploads/uploads.usecases.ts'
import { createModelGrants } from '../models/model-grants.ts'
import { createModelsRepository } from '../models/models.repository.ts'
import { createCodeQuota } from '../quotas/code-quota.ts'
import { gitQueues } from '../quotas/git-queues.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { defaultUploadLimits, type UploadLimits } from '../sources/upload-limits.ts'
import type { AlgorithmsDeps, VersionMade } from './algorithms.deps.ts'
import { codeHostIn } from './code-host.test-setup.ts'
import { codeInFolders } from './code-in-folder.ts'
import { createCodePlaces } from './code-places.repository.ts'
import { createAlgorithmsRepository } from './algorithms.repository.ts'
import { recogniserHere } from './recognition/recogniser.test-setup.ts'
import { registerAlgorithmRoutes } from './algorithms.routes.ts'

/** Another person of the role user, who owns nothing at first. */
export const neighbour = testActor('user', '22222222-2222-4222-8222-222222222222')

/** An API key of the role user that is limited to one service. */
const limitedKey: Actor = { ...testActor('user'), kind: 'key', serviceIds: ['within-reach'] }

/** The smallest algorithm. */
export const smallest = 'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n'

/** The algorithms module on a real database, real repositories and the real HTTP application. */
export async function openWorld(limits: Partial<UploadLimits> = {}, quotas = defaultQuotas()) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-algorithms-'))
  const database = await createTestDatabase()
  const repositories = join(folder, 'repositories')
  const uploadsFolder = join(folder, 'uploads')
  await mkdir(uploadsFolder)
  const inUse = new Map<string, string>()
  const models = createModelsRepository(database)
  const uploadLimits = { ...defaultUploadLimits, ...limits }
  const driver = codeHostIn(repositories, { limits: uploadLimits })
  const codeHost = codeInFolders(driver, createCodePlaces({ db: database.db }))
  const algorithms = createAlgorithmsRepository(database)
  const versions = createBus<VersionMade>()
  const deps: AlgorithmsDeps = {
    versions,
    algorithms,
    codeHost,
    recogniser: recogniserHere(),
    gitQueues: gitQueues(),
    codeQuota: createCodeQuota({
      quotas,
      ownedBy: (ownerId) => algorithms.ownedBy(ownerId),
      measure: (ids) => codeHost.sizes(ids),
      clock: systemClock,
    }),
    clock: systemClock,
    uploads: {
      uploadsFolder,
      limits: uploadLimits,
      ignoredIn: (uploaded) => codeHost.ignoredIn(uploaded),
    },
    queue: keyedQueue(),
    quotas,
    modelGrants: createModelGrants(models),
    prepareUpload: async () => ({ written: [], findings: [] }),
    isInUse: async (id) => inUse.get(id) ?? null,
  }
  const arrived: UploadsDeps = {
    store: new UploadStore({ directory: join(folder, 'arriving') }),
    limitBytes: 64 * 1024 ** 2,
    storageQuota: emptyStorageQuota(),
  }
  const app: FastifyInstance = await createTestApp({ neighbour, limited: limitedKey })
  await registerUploadRoutes(app, arrived)
  await registerAlgorithmRoutes(app, { ...deps, arrived })
  const url = (path: string) => `/api/v1/algorithms${path}`
  return {
    app,
    db: database.db,
    deps,
    arrived,
    folder,
    repositories,
    inUse,
    models,
    versions,
    send: async (
      path: string,
      parts: Parameters<typeof multipart>[0],
      headers: Record<string, string> = { 'x-test-role': 'user' },
    ) => {
      const body = await multipart(parts)
      return app.inject({
        method: 'POST',
        url: url(path),
        payload: body.payload,
        headers: { ...headers, ...body.headers },
      })
    },
    get: (path: string, role = 'user') => app.inject({ url: url(path), headers: { 'x-test-role': role } }),
    change: (method: 'PATCH' | 'DELETE' | 'POST', path: string, role: string, payload?: object) =>
      app.inject({ method, url: url(path), headers: { 'x-test-role': role }, payload }),
    leftovers: () => readdir(uploadsFolder),
    async close() {
      await app.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
