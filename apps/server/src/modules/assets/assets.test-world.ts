import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pino } from 'pino'
import { asset, type Asset } from '@vitrine/contract'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { createFfmpegTools } from '../../adapters/media-tools/ffmpeg.driver.ts'
import { ffmpegPath, ffprobePath, jobsHere } from '../../adapters/media-tools/media-tools.test-media.ts'
import type { MediaTools } from '../../adapters/media-tools/media-tools.ts'
import { createFolderStore } from '../../adapters/object-store/folder-store.ts'
import { acceptOneFile } from '../../http/forms.ts'
import { systemClock } from '../../lib/clock.ts'
import { createFairQueue } from '../../lib/fair-queue.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { defaultQuotas, type QuotaTable } from '../quotas/quotas.ts'
import { createStorageQuota } from '../quotas/storage-quota.ts'
import { registerUploadRoutes } from '../uploads/uploads.routes.ts'
import { announcedBy, type UploadsDeps } from '../uploads/uploads.usecases.ts'
import { UploadStore } from '../uploads/upload-store.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createBus } from '../../lib/bus.ts'
import { createTaskRunner, type TaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { picturesAtOnce } from './assets.deps.ts'
import { processInputOf, processTask } from './assets.process.task.ts'
import { createAssetsRepository } from './assets.repository.ts'
import { addAssetRoutes } from './assets.routes.ts'
import type { AssetUses, LibraryDeps } from './assets.usecases.ts'

/** Another person of the role user. */
const neighbour = testActor('user', '22222222-2222-4222-8222-222222222222')

type Options = {
  /** `null` for a machine without ffmpeg. By default, the tools of this machine. */
  tools?: MediaTools | null
  limitBytes?: number
  longestS?: number
  /** The folder to which uploads are written first. */
  uploads?: string
  /** The folder of resumable uploads. */
  arriving?: string
  quotas?: QuotaTable
}

/** The assets module on a real database and folder, with the real task runner, ffmpeg and HTTP application. */
export async function openWorld(options: Options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-assets-'))
  const database = await createTestDatabase()
  const tasks = createTasksRepository(database)
  const ours =
    ffmpegPath && ffprobePath
      ? {
          ffmpeg: ffmpegPath,
          ffprobe: ffprobePath,
          ...jobsHere,
          folder: join(folder, 'media'),
        }
      : null
  const uses: AssetUses['items'] = []
  const usedAs = (wanted: string) => uses.filter(({ kind }) => kind === wanted).map(({ name }) => name)
  const limitBytes = options.limitBytes ?? 1024 ** 3
  const store = new UploadStore({ directory: options.arriving ?? join(folder, 'arriving') })
  const storageQuota = createStorageQuota({
    quotas: options.quotas ?? defaultQuotas(),
    taken: async (actor) => {
      const announced = await announcedBy({ store, limitBytes }, actor)
      const stored = await deps.assets.uploadedBytes(actor.id)
      return () => ({ ...announced(), bytes: announced().bytes + stored })
    },
  })
  const deps: LibraryDeps = {
    assets: createAssetsRepository(database),
    objects: createFolderStore(join(folder, 'objects')),
    tools: options.tools === undefined && ours ? createFfmpegTools(ours) : (options.tools ?? null),
    uploads: options.uploads ?? join(folder, 'uploads'),
    limitBytes: () => limitBytes,
    storageQuota,
    longestS: options.longestS ?? 600,
    queue: keyedQueue(),
    pictureTurns: createFairQueue(() => picturesAtOnce),
    startProcessing: async (row, sender) => {
      const createdBy = { id: row.ownerId, name: sender.name }
      const input = processInputOf(row, sender)
      return (await runner.start({ kind: 'asset.process', serviceId: null, input, createdBy })).id
    },
    demoOf: async () => usedAs('example'),
    presentedBy: async () => usedAs('presentation'),
    demoDataOf: async () => [],
    inputsOn: () => null,
    kindsFor: async () => ['video'],
    usesOf: async () => ({ items: uses, total: uses.length }),
    endTask: async (id) => {
      await runner.cancel(id)
      await runner.settled(id)
    },
  }
  const newRunner = () =>
    createTaskRunner(
      {
        repository: tasks,
        bus: createBus<TaskChanged>(),
        clock: systemClock,
        concurrency: 2,
        logger: pino({ level: 'silent' }),
      },
      processTask(deps),
    )
  let runner: TaskRunner = newRunner()
  const app = await createTestApp({ neighbour })
  await acceptOneFile(app)
  const arrived: UploadsDeps = { store, limitBytes, storageQuota }
  await registerUploadRoutes(app, arrived)
  addAssetRoutes(app, { ...deps, arrived })
  await mkdir(join(folder, 'files'))

  const as = (role: string, language = 'zh') => ({ 'x-test-role': role, 'accept-language': language })
  const get = (path: string, role = 'user', headers: Record<string, string> = {}) =>
    app.inject({ url: `/api/v1/assets${path}`, headers: { ...as(role), ...headers } })
  const upload = async (name: string, content: Uint8Array<ArrayBuffer> | string, role = 'user') => {
    const form = new FormData()
    form.append('file', new Blob([content]), name)
    const body = new Response(form)
    return app.inject({
      method: 'POST',
      url: '/api/v1/assets',
      payload: Buffer.from(await body.arrayBuffer()),
      headers: { ...as(role), 'content-type': body.headers.get('content-type') ?? '' },
    })
  }
  return {
    app,
    deps,
    folder,
    tasks,
    uses,
    get,
    upload,
    runner: () => runner,
    /** Does to tasks what a restart of the control plane does. */
    async restart() {
      await runner.close()
      runner = newRunner()
      await runner.resume()
    },
    /** Absolute path for a file that the test makes. */
    file: (name: string) => join(folder, 'files', name),
    async uploadFile(path: string, role = 'user'): Promise<Asset> {
      return asset.parse((await upload(basename(path), new Uint8Array(await readFile(path)), role)).json())
    },
    write: (name: string, content: string | Buffer) => writeFile(join(folder, 'files', name), content),
    /** The asset after its task has ended. */
    async settled({ id, task_id }: Pick<Asset, 'id' | 'task_id'>): Promise<Asset> {
      if (task_id) await runner.settled(task_id)
      return asset.parse((await get(`/${id}`)).json())
    },
    change: (method: 'PATCH' | 'DELETE', path: string, role = 'user', payload?: object) =>
      app.inject({ method, url: `/api/v1/assets${path}`, headers: as(role), payload }),
    mediaTools: () => app.inject({ url: '/api/v1/media-tools', headers: as('viewer') }),
    /** The keys of all stored objects. */
    async objects(): Promise<string[]> {
      const names = await readdir(join(folder, 'objects'), { recursive: true }).catch(() => [])
      return names.filter((name) => name.includes('/'))
    },
    leftovers: async () => (await readdir(join(folder, 'uploads')).catch(() => [])).length,
    async close() {
      await runner.close()
      await app.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The opened module. */
export type World = Awaited<ReturnType<typeof openWorld>>
