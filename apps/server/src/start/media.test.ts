import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { sql, type SQL } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Json } from '@vitrine/contract'
import { settableConfig } from '../../../../tests/support/settable-config.ts'
import { testActor } from '../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../tests/support/test-database.ts'
import { isNamedIn, namedAssets } from '../adapters/database/asset-mentions.ts'
import { createFolderStore } from '../adapters/object-store/folder-store.ts'
import { createBus } from '../lib/bus.ts'
import { systemClock } from '../lib/clock.ts'
import { assets } from '../modules/assets/assets.tables.ts'
import { keepArrivedFile, uploadAsset } from '../modules/assets/keep-asset.ts'
import { deleteAsset, usesOfAsset } from '../modules/assets/assets.usecases.ts'
import { comparisons } from '../modules/comparisons/comparisons.tables.ts'
import { keepModel } from '../modules/models/models.usecases.ts'
import { createModelsRepository } from '../modules/models/models.repository.ts'
import { defaultQuotas } from '../modules/quotas/quotas.ts'
import { createPresentationsRepository } from '../modules/presentations/presentations.repository.ts'
import { createReleasesRepository } from '../modules/releases/releases.repository.ts'
import { algorithms } from '../modules/algorithms/algorithms.tables.ts'
import { completeManifest, usualConfig } from '../modules/releases/releases.test-world.ts'
import { createRunsRepository } from '../modules/runs/runs.repository.ts'
import { mediaOf, runs } from '../modules/runs/runs.tables.ts'
import { someFacts } from '../modules/runs/facts/run-facts.test-setup.ts'
import { createServicesRepository } from '../modules/services/services.repository.ts'
import { testOptions } from '../modules/services/stored-service.test-setup.ts'
import { createSharesRepository } from '../modules/shares/shares.repository.ts'
import type { TaskChanged } from '../modules/tasks/task-progress.ts'
import { createTaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository } from '../modules/tasks/tasks.repository.ts'
import { wireMedia } from './media.ts'
import { wireModelStore } from './model-files.ts'

const actor = testActor('user')

async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-media-uses-'))
  const database = await createTestDatabase()
  const { db } = database
  const releases = createReleasesRepository({ db })
  const services = createServicesRepository({ db })
  const owner = { ownerId: actor.id, ownerName: actor.name }
  await db.insert(algorithms).values({ id: 'echo', name: 'Echo', task: 'other', description: '', ...owner })
  await services.insert({
    id: 'shows',
    name: 'Shows',
    algorithmId: 'echo',
    desired: 'running',
    mode: 'local',
    options: testOptions,
    ...owner,
  })
  const configured = settableConfig()
  const { media } = wireMedia({
    db,
    objects: createFolderStore(join(folder, 'objects')),
    tools: null,
    uploads: join(folder, 'uploads'),
    arriving: join(folder, 'arriving'),
    releases,
    services,
    presentations: createPresentationsRepository({ db }),
    shares: createSharesRepository({ db }),
    models: createModelsRepository({ db }),
    quotas: defaultQuotas(),
    current: configured,
    taskRunner: createTaskRunner({
      repository: createTasksRepository({ db }),
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 1,
      logger: pino({ level: 'silent' }),
    }),
    inputsOn: () => null,
  })
  async function addAsset(name: string): Promise<string> {
    const file = {
      sha256: name,
      kind: 'image',
      mime: 'image/png',
      size: 1,
      status: 'ready',
      origin: 'upload',
    } as const
    const [row] = await db
      .insert(assets)
      .values({ ...file, name, ownerId: actor.id })
      .returning()
    return row?.id ?? ''
  }
  /** A release with this as its only demo input. */
  async function addRelease(serviceId: string, inputData: Json[]): Promise<void> {
    const made = { commit: 'c', manifest: completeManifest(), config: usualConfig, createdBy: 'user-tester' }
    const { number } = await releases.insertNext({ serviceId, serviceChange: {}, ...made })
    await releases.update(serviceId, number, {
      examples: [{ name: 'A demo input', input_data: inputData, parameters: {}, preview_asset_id: null }],
    })
  }
  const models = await wireModelStore({
    folder: join(folder, 'models'),
    current: configured,
    algorithmRows: { ownedBy: async () => [] },
    models: createModelsRepository({ db }),
    releases: { usingModels: async () => new Map() },
  })
  return {
    db,
    folder,
    configured,
    models,
    media,
    runs: createRunsRepository({ db }),
    addAsset,
    addRelease,
    async close() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test.each([
  ['an element', (asset_id: string): Json => ({ asset_id })],
  ['a part of an element', (asset_id: string): Json => ({ pictures: [{ left: { asset_id } }] })],
])('an asset that a demo input has as %s cannot be deleted', async (name, elementOf) => {
  const id = await world.addAsset(`demo ${name}`)
  await world.addRelease('shows', [elementOf(id)])
  await expect(deleteAsset(world.media, { actor, id })).rejects.toMatchObject({
    code: 'asset.in_use',
    details: { used_by: 'shows' },
  })
  expect(await world.media.assets.get(id)).not.toBeNull()
})

test('the deletion of a media file looks through no runs and comparisons, which may be many and large', async () => {
  const id = await world.addAsset('unread')
  const usesOf = vi.fn(world.media.usesOf)
  await deleteAsset({ ...world.media, usesOf }, { actor, id })
  expect(await world.media.assets.get(id)).toBeNull()
  expect(usesOf).not.toHaveBeenCalled()
})

test('the runs and comparisons on a media file are found by an index, so that no input is read', async () => {
  const { db } = world
  const id = await world.addAsset('indexed')
  const planOf = async (table: SQL, condition: SQL) =>
    db.transaction(async (tx) => {
      // These tables are so small that reading all of them would be faster.
      await tx.execute(sql`set local enable_seqscan = off`)
      return JSON.stringify((await tx.execute(sql`explain select from ${table} where ${condition}`)).rows)
    })
  const ran = await planOf(sql`${runs}`, isNamedIn(mediaOf(runs.facts), id))
  const compared = await planOf(sql`${comparisons}`, isNamedIn(namedAssets(comparisons.inputData), id))
  expect([ran, compared]).toEqual([
    expect.stringContaining('runs_media_idx'),
    expect.stringContaining('comparisons_media_idx'),
  ])
})

test('how large media and models may be are values of the configuration, and a changed one counts at once', async () => {
  const megabyte = 1024 ** 2
  const content = Buffer.alloc(megabyte + 1, 'a')
  const { media, models, configured, folder } = world
  const upload = () => uploadAsset(media, { actor, name: 'large.txt', content: Readable.from([content]) })
  const path = join(folder, 'arrived')
  await writeFile(path, content)
  const arrived = () => keepArrivedFile(media, { actor, name: 'arrived.txt', path })
  const owner = { id: actor.id, name: actor.name, role: actor.role }
  const model = () =>
    keepModel(models, {
      owner,
      name: 'weights.bin',
      origin: 'upload',
      content: Readable.from([content]),
      grow: () => {},
    })
  configured.set('uploads.media_max_mb', 1)
  configured.set('uploads.model_max_mb', 1)
  const tooLarge = (code: string) => ({ code, details: expect.objectContaining({ limit_bytes: megabyte }) })
  await expect(upload()).rejects.toMatchObject(tooLarge('asset.too_large'))
  await expect(arrived()).rejects.toMatchObject(tooLarge('asset.too_large'))
  await expect(model()).rejects.toMatchObject(tooLarge('model.too_large'))
  configured.set('uploads.media_max_mb', 2)
  configured.set('uploads.model_max_mb', 2)
  expect((await upload()).size).toBe(megabyte + 1)
  expect((await arrived()).size).toBe(megabyte + 1)
  expect((await model()).size).toBe(megabyte + 1)
})

test('runs and comparisons count as uses of an asset, however deep in their input it is', async () => {
  const [id, other] = [await world.addAsset('deep'), await world.addAsset('unused')]
  const inputData: Json[] = [{ pictures: [{ left: { asset_id: id } }] }]
  const owner = { createdById: actor.id, createdBy: actor.name }
  const { run } = await world.runs.insert({
    serviceId: 'shows',
    release: 1,
    commit: 'c',
    inputData,
    parameters: {},
    linksOf: null,
    facts: { ...someFacts, media: [{ assetId: id, sha256: 'deep' }] },
    ...owner,
  })
  const row = { title: 'Two of them', inputData, inputBytes: 1, cells: [], ...owner }
  const [comparison] = await world.db.insert(comparisons).values(row).returning()
  expect(await usesOfAsset(world.media, { actor, id })).toEqual({
    items: [
      { kind: 'run', id: run.id, name: 'shows' },
      { kind: 'comparison', id: comparison?.id, name: 'Two of them' },
    ],
    total: 2,
  })
  expect(await usesOfAsset(world.media, { actor, id: other })).toEqual({ items: [], total: 0 })
})
