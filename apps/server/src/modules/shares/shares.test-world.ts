import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { run as shownRun, share, type Run, type Share } from '@vitrine/contract'
import { multipart } from '../../../../../tests/support/multipart.ts'
import { settableConfig } from '../../../../../tests/support/settable-config.ts'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createFolderStore } from '../../adapters/object-store/folder-store.ts'
import { platformActor } from '../../lib/actor.ts'
import { createFairQueue } from '../../lib/fair-queue.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { picturesAtOnce } from '../assets/assets.deps.ts'
import { createAssetsRepository } from '../assets/assets.repository.ts'
import { sendAsset } from '../assets/assets.routes.ts'
import { uploadAsset } from '../assets/keep-asset.ts'
import { deleteAsset, loadAsset, type LibraryDeps } from '../assets/assets.usecases.ts'
import { attemptLimitsOf } from '../auth/attempts/attempt-limits.ts'
import { createAttemptsRepository } from '../auth/attempts/attempts.repository.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createBus } from '../../lib/bus.ts'
import { openRunsWorld } from '../runs/runs.test-world.ts'
import { createProvenanceRepository } from '../provenance/provenance.repository.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createAuditRepository } from '../audit/audit.repository.ts'
import type { AuditDeps } from '../audit/audit.usecases.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { users } from '../users/users.tables.ts'
import { createPastRunsRepository } from '../runs/history/past-runs.repository.ts'
import { createRunSamplesRepository } from '../runs/history/samples.repository.ts'
import type { PastVisitorsDeps } from './shares.forget-visitors.ts'
import { registerPublicShareRoutes, type PublicSharesDeps } from './shares.public.routes.ts'
import { createSharesRepository } from './shares.repository.ts'
import type { MakeSharesDeps } from './shares.usecases.ts'
import { visitorAssets } from './shares.visitors.repository.ts'
import { addShareRoutes } from './shares.routes.ts'
import { createShownRepository } from './shares.shown.repository.ts'
import { createOpenStreams } from '../../lib/open-streams.ts'
import { createCoverCache } from '../showcase/cover-cache.ts'

type Request = { method?: 'GET' | 'POST'; payload?: object | Buffer; headers?: Record<string, string> }

/** Links on top of the world of runs, with real media and users. The clock runs, and tests can move it. */
export async function openSharesWorld() {
  const world = await openRunsWorld()
  const { db, app, running } = world
  let aheadMs = 0
  const clock = () => new Date(Date.now() + aheadMs)
  const nothing = async () => {}
  const configured = settableConfig()
  /** What visitors may do; tests change it. */
  const limits = {
    requestsPerMinute: 10,
    uploadBytes: 50 * 1024 ** 2,
    uploadsPerLink: 100,
    keepSeconds: 7 * 86_400,
  }
  const media: LibraryDeps = {
    ...running.media,
    assets: createAssetsRepository({ db, ofVisitors: visitorAssets(db) }),
    demoDataOf: (serviceIds) => running.releases.demoDataOf(serviceIds),
    objects: createFolderStore(world.paths.objects),
    tools: null,
    uploads: world.paths.uploads,
    limitBytes: () => limits.uploadBytes,
    storageQuota: emptyStorageQuota(),
    longestS: 60,
    queue: keyedQueue(),
    pictureTurns: createFairQueue(() => picturesAtOnce),
    startProcessing: async () => '',
    endTask: nothing,
    kindsFor: async () => [],
    usesOf: async () => ({ items: [], total: 0 }),
  }
  const tasks = createTasksRepository({ db })
  const logger = pino({ level: 'silent' })
  const services = {
    services: running.services,
    releases: running.releases,
    tasks,
    monitor: world.monitor,
    ports: world.ports,
    gateway: { frontProblem: () => null, isLeftOut: () => false },
    disk: { fullOf: () => null },
    titlesOf: (ids: readonly string[]) => world.presentations.publishedTitles(ids),
    titledWith: (text: string) => world.presentations.titledWith(text),
    publicUrl: 'http://127.0.0.1:8000',
    ownUrlOf: () => null,
    runner: createTaskRunner({
      repository: tasks,
      bus: createBus<TaskChanged>(),
      clock,
      logger,
      concurrency: 1,
    }),
  }
  const deps: PublicSharesDeps & MakeSharesDeps & PastVisitorsDeps & { auditing: AuditDeps } = {
    auditing: { audit: createAuditRepository({ db, key: 'of these tests' }) },
    comparisons: world.comparisons,
    owned: world.comparisons.owned,
    running,
    clock,
    limits,
    runs: running.runs,
    services: running.services,
    assets: running.media.assets,
    releases: running.releases,
    presentations: world.presentations,
    streams: createOpenStreams(),
    runFiles: { ...world.runFiles, executor: running.executor },
    shown: createShownRepository(world),
    pastRuns: createPastRunsRepository(world),
    showcase: {
      services,
      releases: running.releases,
      presentations: world.presentations,
      assets: media.assets,
      runSamples: createRunSamplesRepository(world),
      reading: running.reading,
      covers: createCoverCache(),
    },
    shares: createSharesRepository({ db }),
    onError: () => {},
    origins: createProvenanceRepository({ db }),
    attempts: createAttemptsRepository({ db, limits: attemptLimitsOf(configured) }),
    users: createUsersRepository({ db }),
    keepUpload: (upload) => uploadAsset(media, upload),
    sendAsset: async (http, { id, variant }) =>
      sendAsset(media, http, await loadAsset(media, { actor: platformActor, id }), variant),
    forgetAsset: (id) => deleteAsset(media, { actor: platformActor, id }),
  }
  addShareRoutes(app, deps)
  await registerPublicShareRoutes(app, deps)
  const maker = testActor('user')
  await createUsersRepository({ db }).seedRoles()
  for (const { id, name } of [maker, world.stranger])
    await db.insert(users).values({
      id,
      username: id === maker.id ? name : 'stranger',
      role: 'user',
      passwordHash: 'none',
    })

  /**
   * A browser that has only a link. It stores the link's cookie by path, as a browser does. `own`: the secret that a page in a
   * frame has made.
   */
  function visitor(token: string, remoteAddress = '192.0.2.1', own = '') {
    let cookie: string | null = null
    const base = `/api/v1/public/shares/${token}${own && `~${own}`}`
    async function send(path: string, request: Request = {}) {
      const answer = await app.inject({
        method: request.method ?? (request.payload ? 'POST' : 'GET'),
        url: base + path,
        remoteAddress,
        headers: { 'sec-fetch-site': 'same-origin', ...request.headers },
        ...(cookie !== null && { cookies: { vitrine_visitor: cookie } }),
        ...(request.payload && { payload: request.payload }),
      })
      const set = answer.cookies.find(({ name }) => name === 'vitrine_visitor')
      if (set?.path === base) cookie = set.value
      return answer
    }
    const upload = async (name: string, content: string) => {
      const { payload, headers } = await multipart({ files: { [name]: content } })
      const renamed = Buffer.from(payload.toString('latin1').replace('name="files"', 'name="file"'), 'latin1')
      return send('/assets', { payload: renamed, headers })
    }
    const run = (input_data: unknown[] = ['hello'], parameters: object = {}) =>
      send('/runs', { payload: { input_data, parameters } })
    /** The run as the visitor sees it once its end is stored. */
    const ended = async (id: string): Promise<Run> => {
      await world.ended(id)
      return shownRun.parse((await send(`/runs/${id}`)).json())
    }
    return { send, run, upload, ended, cookie: () => cookie }
  }

  return {
    taskRunner: services.runner,
    ...world,
    deps,
    media,
    maker,
    visitor,
    limits,
    /** Changes a value of the configuration that bounds wrong passwords. */
    configure: configured.set,
    inAnHour: () => new Date(clock().getTime() + 3_600_000).toISOString(),
    passDays: (days: number) => void (aheadMs += days * 24 * 3600 * 1000),
    /** Creates a link as `user` or another role. */
    async link(body: object, role = 'user'): Promise<Share & { token: string; url: string }> {
      const answer = await world.send(role, 'POST', '/shares', body)
      if (answer.statusCode !== 201) throw new Error(answer.body)
      const { token, url } = answer.json()
      return { ...share.parse(answer.json()), token, url }
    },
    setUser: (id: string, change: { disabled?: boolean; role?: 'user' | 'viewer' }) =>
      db.update(users).set(change).where(eq(users.id, id)),
  }
}

/** The status and code of a refusal. */
export const refusal = (answer: { statusCode: number; json: () => { error?: { code: string } } }) => [
  answer.statusCode,
  answer.json().error?.code,
]
