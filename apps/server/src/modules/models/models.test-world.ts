import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ManifestModel } from '@vitrine/contract'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { UploadStore } from '../uploads/upload-store.ts'
import { registerUploadRoutes } from '../uploads/uploads.routes.ts'
import type { UploadsDeps } from '../uploads/uploads.usecases.ts'
import { createModelGrants, modelsNamedBy } from './model-grants.ts'
import { createModelStore } from './model-store.ts'
import { createModelsRepository } from './models.repository.ts'
import { addModelRoutes } from './models.routes.ts'
import { type ModelsDeps, type ModelUses } from './models.usecases.ts'
import { wholeReach } from './open-url.ts'
import { createModelProvider } from './provide-models.ts'

/** The largest model file that is kept, in bytes. */
export const limitBytes = 4_000_000
export const person = testActor('user')
export const neighbour = testActor('user', '22222222-2222-4222-8222-222222222222')
export const administrator = testActor('admin', '33333333-3333-4333-8333-333333333333')
/** The digest of a model file, as hexadecimal digits. */
export const digestOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

/** The store of model files with its routes, as three people use it. */
export async function openModelsWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-models-'))
  const database = await createTestDatabase()
  const models = createModelsRepository(database)
  const store = createModelStore(join(folder, 'models'))
  let uses: ModelUses = new Map()
  const deps: ModelsDeps = {
    models,
    store,
    limitBytes: () => limitBytes,
    queue: keyedQueue(),
    usesOf: async () => uses,
  }
  await mkdir(join(folder, 'arriving'))
  const arrived: UploadsDeps = {
    store: new UploadStore({ directory: join(folder, 'arriving') }),
    limitBytes: 2 * limitBytes,
    storageQuota: emptyStorageQuota(),
  }
  const app = await createTestApp({ neighbour })
  await registerUploadRoutes(app, arrived)
  addModelRoutes(app, { ...deps, arrived })
  const { usesOf: _unused, ...keeping } = deps
  const grants = createModelGrants(models)
  const provider = createModelProvider({
    ...keeping,
    modelGrants: grants,
    storageQuota: emptyStorageQuota(),
    hostedFilesOf: async () => null,
    reach: wholeReach,
    fetchBounds: {
      longestMs: 60_000,
      idleMs: 2_000,
      attempts: 3,
      pauseMs: 20,
      slowest: { bytesPerS: 100, overMs: 20_000 },
    },
    ownerOf: async (algorithmId) => (algorithmId === 'of-the-neighbour' ? neighbour : person),
    roleOf: async (id) => (id === administrator.id ? 'admin' : 'user'),
  })
  /** Gives an algorithm model files in the name of its owner, and puts them into a folder for a service of somebody, else of the owner. */
  const place = async (
    algorithmId: string,
    named: ManifestModel[],
    release: string,
    serviceOwnerId = algorithmId === 'of-the-neighbour' ? neighbour.id : person.id,
  ) => {
    const owner = algorithmId === 'of-the-neighbour' ? neighbour : person
    await grants.give(owner, { algorithmId, ownerId: owner.id }, modelsNamedBy({ models: named }))
    return provider.place({
      algorithmId,
      serviceOwnerId,
      manifest: { models: named },
      folder: release,
      signal: new AbortController().signal,
      report: async () => undefined,
    })
  }
  const as = (role: string) => ({ 'x-test-role': role })
  return {
    folder,
    deps,
    grants,
    provider,
    place,
    setUses: (now: ModelUses) => void (uses = now),
    /** Sends a whole file as a resumable upload and returns its id. */
    async upload(content: Buffer, role = 'user'): Promise<string> {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/v1/uploads',
        payload: content,
        headers: {
          ...as(role),
          'tus-resumable': '1.0.0',
          'upload-length': String(content.length),
          'upload-metadata': `filename ${Buffer.from('weights.bin').toString('base64')}`,
          'content-type': 'application/offset+octet-stream',
        },
      })
      expect(answer.statusCode).toBe(201)
      return String(answer.headers.location).split('/').at(-1) ?? ''
    },
    keep: (body: object, role = 'user') =>
      app.inject({ method: 'POST', url: '/api/v1/models', payload: body, headers: as(role) }),
    get: (path = '', role = 'user') => app.inject({ url: `/api/v1/models${path}`, headers: as(role) }),
    remove: (id: string, role = 'user') =>
      app.inject({ method: 'DELETE', url: `/api/v1/models/${id}`, headers: as(role) }),
    /** The names of all files of the store, also of those that are arriving. */
    async files(): Promise<string[]> {
      const entries = await readdir(join(folder, 'models'), { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    },
    async close() {
      await app.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
