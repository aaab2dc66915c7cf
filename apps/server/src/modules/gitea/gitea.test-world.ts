import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { GiteaStandIn, type TestGitea } from '../../adapters/gitea/gitea.test-setup.ts'
import { usualWaits } from '../../adapters/gitea/gitea-fetch.ts'
import { createGiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { systemClock } from '../../lib/clock.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { textSealer } from '../../lib/sealed-text.ts'
import { createCodePlaces } from '../algorithms/code-places.repository.ts'
import { openWorld } from '../algorithms/algorithms.test-world.ts'
import { registerCodeUpload } from '../code/code.upload.routes.ts'
import { addCodeRoutes } from '../code/code.routes.ts'
import { usualFetchBounds } from '../models/fetch-bytes.ts'
import { createModelStore } from '../models/model-store.ts'
import { keepModel, type ModelOwner } from '../models/models.usecases.ts'
import { publicReach, type Reach } from '../models/open-url.ts'
import { createModelProvider } from '../models/provide-models.ts'
import { gitClient } from '../git-host/git-client.test-setup.ts'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { bringFromGitea } from './gitea.algorithms.ts'
import { publishingCodeHost } from './gitea.code-host.ts'
import { createGiteaConfigs } from './gitea.configs.repository.ts'
import { filesInGitea } from './gitea.files.ts'
import { addGiteaRoutes } from './gitea.routes.ts'
import { moveToPlatform } from './gitea.move.ts'
import { uploadsToGitea } from './gitea.uploads.ts'
import type { GiteaEnvironment } from './gitea.settings.ts'

/** Algorithms and Gitea on a real database, with real repositories, in front of a Gitea server. */
export async function openGiteaWorld(server: TestGitea, env: GiteaEnvironment = {}) {
  const world = await openWorld({ unpackedBytes: 8 * 1024 ** 2 })
  const { db } = world
  const parts = {
    places: createCodePlaces({ db }),
    configs: createGiteaConfigs({ db }),
    env,
    clock: systemClock,
    waits: { ...usualWaits },
    sealer: textSealer('a secret of this test'),
    seen: { last: null },
    remotes: { folder: world.folder, node: process.execPath, relay: '' },
  }
  const reach: { now: Reach | null } = { now: publicReach }
  const store = createModelStore(join(world.folder, 'models'))
  const codeHost = publishingCodeHost(world.deps.codeHost, parts)
  const { modelGrants } = world.deps
  const algorithms = {
    ...world.deps,
    codeHost,
    prepareUpload: uploadsToGitea({ ...parts, codeHost, modelGrants, store, plainBytes: 3 * 1024 ** 2 }),
  }
  const keeping = {
    models: world.models,
    store,
    limitBytes: () => 16 * 1024 ** 2,
    queue: keyedQueue(),
  }
  const modelFiles = createModelProvider({
    ...keeping,
    modelGrants: algorithms.modelGrants,
    storageQuota: emptyStorageQuota(),
    // An administrator's choice, which each test can change.
    get reach() {
      return reach.now
    },
    fetchBounds: { ...usualFetchBounds, pauseMs: 20 },
    hostedFilesOf: filesInGitea(parts),
    ownerOf: async (id) => {
      const row = (await algorithms.algorithms.get(id))?.row
      return row ? { id: row.ownerId, name: row.ownerName, role: 'user' as const } : null
    },
    roleOf: async () => 'user' as const,
  })
  const { recogniser, gitQueues } = algorithms
  const gitea = { ...parts, algorithms, codeHost, recogniser, gitQueues, modelFiles }
  addGiteaRoutes(world.app, gitea)
  addCodeRoutes(world.app, algorithms)
  await registerCodeUpload(world.app, { ...algorithms, arrived: world.arrived })
  const run = gitClient(world.folder)
  const credentials = server.url.replace('://', `://any:${server.token}@`)
  const settings = { server_url: server.url, access_token: server.token, default_owner: server.owner }
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, role = 'admin') =>
    world.app.inject({
      method,
      url: `/api/v1/gitea${path}`,
      headers: { 'x-test-role': role, 'accept-language': 'en' },
      ...(payload && { payload }),
    })
  return {
    ...world,
    algorithms,
    modelFiles,
    /** Keeps a model file of somebody. */
    keep: (by: ModelOwner, content: Buffer) =>
      keepModel(keeping, {
        owner: by,
        name: 'kept.bin',
        origin: 'upload',
        content: Readable.from([content]),
        grow: () => undefined,
      }),
    /** What URLs of packages, and other servers than Gitea, may name. */
    reach,
    /** What the use cases of Gitea take. */
    gitea,
    configs: parts.configs,
    settings,
    ask,
    /** Saves the settings of the server, with a prefix for new repositories. */
    setUp: (prefix = '') => ask('POST', '/config', { ...settings, repo_prefix: prefix }),
    /** Brings the newest commit of another branch of an algorithm here, as a deploy of it does. */
    async follow(id: string, branch: string) {
      const place = await parts.places.get(id)
      const wanted = { actor: testActor('admin'), url: place?.url ?? '', branch, language: 'en' as const }
      return bringFromGitea(gitea, { ...wanted, id })
    },
    /** Moves the code of an algorithm back to the platform. */
    moveBack: (id: string) =>
      moveToPlatform(
        { ...gitea, users: { account: async () => null } },
        { id, signal: new AbortController().signal, report: async () => undefined },
      ),
    /** A new repository, with a name that nobody else has unless one is given. */
    async create(given?: string): Promise<{ fullName: string; name: string; url: string }> {
      const client = createGiteaClient({ serverUrl: server.url, token: server.token })
      const name = given ?? `demo-${randomBytes(4).toString('hex')}`
      const { owner } = server
      const made = await client.createRepository({ owner, name, isOwn: true, description: 'a demo' })
      return { fullName: made.full_name, name, url: `${server.url}/${made.full_name}` }
    },
    /** Clones a repository as a person does, and returns its folder. */
    async clone(fullName: string): Promise<string> {
      const folder = await mkdtemp(join(world.folder, 'clone-'))
      const cloned = await run(['clone', '--quiet', `${credentials}/${fullName}.git`, '.'], folder)
      if (!cloned.ok) throw new Error(cloned.output)
      return folder
    },
    /** Commits files to a branch of a clone, and pushes it. Returns the commit. */
    async push(folder: string, branch: string, files: Record<string, string>, message: string) {
      await run(['checkout', '--quiet', '-B', branch], folder)
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), content)
      }
      await run(['add', '--all'], folder)
      await run(['commit', '--quiet', '-m', message], folder)
      const pushed = await run(['push', '--quiet', 'origin', branch], folder)
      if (!pushed.ok) throw new Error(pushed.output)
      return (await run(['rev-parse', 'HEAD'], folder)).output.trim()
    },
    run,
  }
}

export type GiteaWorld = Awaited<ReturnType<typeof openGiteaWorld>>

/** A Gitea server, and the world in front of it with its settings. Both are closed when the test has finished. */
export async function openGiteaForTest(): Promise<{ server: GiteaStandIn; world: GiteaWorld }> {
  const server = await GiteaStandIn.open()
  onTestFinished(() => server.close())
  const world = await openGiteaWorld(server)
  onTestFinished(() => world.close())
  await world.setUp()
  return { server, world }
}
