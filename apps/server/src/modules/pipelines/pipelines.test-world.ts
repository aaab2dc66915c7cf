import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PushRule } from '@vitrine/contract'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import type { Actor } from '../../lib/actor.ts'
import { systemClock } from '../../lib/clock.ts'
import { createFairQueue } from '../../lib/fair-queue.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { createOpenPushes, type OpenPushes } from '../algorithms/open-pushes.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { createAuditRepository } from '../audit/audit.repository.ts'
import { deployService } from '../deployments/deployments.usecases.ts'
import { openDeployWorld } from '../deployments/deployments.test-world.ts'
import { openGiteaWorld } from '../gitea/gitea.test-world.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { registerHookRoute } from './webhooks.routes.ts'
import { listenToSwitches, lookAfterVersion } from './check-branch.ts'
import { turnOfMarks } from './commit-marks.ts'
import { pipelineTask } from './pipeline.task.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { queueTransactions } from './pipelines.assembly.ts'
import { createPipelinesRepository, type StoredPipeline } from './pipelines.repository.ts'
import { addPipelineRoutes } from './pipelines.routes.ts'
import { createPushRulesRepository } from './push-rules.repository.ts'
import { deleteWithQueue } from './queue.ts'
import { forgetLeftRules } from './push-rules.usecases.ts'

/** A version of the smallest algorithm. */
export const codeOf = (n: number): Record<string, string> => ({ 'ai_algorithm.py': `${smallest}\n# ${n}\n` })

/** What a rule states, if a test states nothing. */
const usualRule = {
  enabled: true,
  branch: null,
  test: { command: null, timeout_s: 60 },
  approval: false,
  previews: 0,
}

/**
 * Push to deploy in front of a Gitea server, on a real database with real repositories and real deliveries. Processes of services are
 * simulated: they become ready, or not.
 */
export async function openPipelinesWorld(server: GiteaStandIn) {
  const world = await openGiteaWorld(server)
  const processes: { areReady: boolean | null; mayBeDeleted: Promise<void> } = {
    areReady: true,
    mayBeDeleted: Promise.resolve(),
  }
  let letTestsPass = () => {}
  const mayTestsPass = new Promise<void>((resolve) => (letTestsPass = resolve))
  const { db } = world
  const deploys = openDeployWorld({
    db,
    folder: join(world.folder, 'data'),
    get becomesReady() {
      return processes.areReady
    },
    commitOf: (ref) => ref ?? '',
  })
  await deploys.boot()
  const failures: unknown[] = []
  const queue = keyedQueue()
  const audit = createAuditRepository({ db, key: 'of these tests' })
  /** The people whose rules are followed, by their ids. */
  const accounts = new Map<string, { role: 'admin' | 'user' | 'viewer'; disabled: boolean }>()
  /** The API keys that are in force, by their ids. */
  const keys = new Map<string, Actor>()
  /** When services were last called, by their ids. */
  const uses = new Map<string, Date>()
  const deps: PipelinesDeps & { openPushes: OpenPushes } = {
    rules: createPushRulesRepository({ db }),
    pipelines: createPipelinesRepository({ db }),
    inTransaction: queueTransactions(db),
    services: deploys.records.services,
    releases: deploys.records.releases,
    deploying: deploys.using,
    tasks: deploys.tasks,
    runner: deploys.taskRunner,
    taskChanges: deploys.taskChanges,
    places: world.gitea.places,
    codeHost: world.gitea.codeHost,
    openPushes: createOpenPushes(),
    algorithms: world.gitea.algorithms,
    recogniser: world.gitea.recogniser,
    gitQueues: world.gitea.algorithms.gitQueues,
    modelGrants: world.gitea.algorithms.modelGrants,
    gitea: world.gitea,
    sealer: world.gitea.sealer,
    users: {
      account: async (id) => {
        const { role = 'admin', disabled = false } = accounts.get(id) ?? {}
        return { id, username: 'tester', role, disabled, custom: null, tokenGeneration: 0 } as const
      },
    },
    grantsOf: () => Promise.resolve([]),
    keys: { actorOf: async (id) => keys.get(id) ?? null },
    lastUses: async () => new Map(uses),
    testQueue: createFairQueue(() => ({ atOnce: 4, perPerson: 2 })),
    environments: {
      prepare: async () => null,
      // `false` fails, and `held` passes when the test of ours says so.
      async runInCopy({ command }) {
        if (command[0] === 'held') await mayTestsPass
        const exitCode = command[0] === 'false' ? 1 : 0
        return {
          exitCode,
          signal: null,
          ended: null,
          startError: null,
          stdout: [],
          stderr: ['two of three tests failed'],
        }
      },
    },
    paths: deploys.paths,
    publicUrl: 'https://vitrine.example',
    hookOrigin: null,
    queue,
    clock: systemClock,
    onError: (error) => void failures.push(error),
  }
  const deleteInput = z.object({ service_id: z.string() })
  /** The last step of a deletion: the row goes. Nothing else is there. */
  const deleting: TaskKind<typeof deleteInput, 'service.delete'> = {
    kind: 'service.delete',
    atOnce: Number.POSITIVE_INFINITY,
    input: deleteInput,
    async run({ input: { service_id: id } }) {
      await processes.mayBeDeleted
      await deleteWithQueue(deps, id)
      await forgetLeftRules(deps)
      return { service_id: id }
    },
  }
  deploys.taskRunner.add(pipelineTask(deps), deleting)
  listenToSwitches(deps)
  /** The looks at new versions, which nobody waits for. */
  const looks: Promise<void>[] = []
  world.versions.subscribe((made) => void looks.push(lookAfterVersion(deps, made)))
  addPipelineRoutes(world.app, deps)
  await registerHookRoute(world.app, { ...deps, auditing: { audit } })
  const origin = await world.app.listen({ port: 0, host: '127.0.0.1' })
  deps.hookOrigin = origin
  const ask = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
    role = 'admin',
  ) =>
    world.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { 'x-test-role': role, 'accept-language': 'en' },
      ...(payload && { payload }),
    })
  const pipelines = async (serviceId: string) => {
    const filter = { serviceId, q: '', within: null }
    return (await deps.pipelines.list(filter, { limit: 100, offset: 0 })).items
  }
  /** Waits for a pipeline of a service, and fails with what there is instead. */
  const until = async (serviceId: string, is: (row: StoredPipeline) => boolean): Promise<StoredPipeline> => {
    const found = await waitFor(async () => (await pipelines(serviceId)).find(is), { timeoutMs: patienceMs })
    if (!found) throw new Error(`there is only ${JSON.stringify(await pipelines(serviceId))}`)
    return found
  }
  const deploy = async (id: string, ref: string, actor: Actor = testActor('admin'), serviceId = id) => {
    await deployService(deploys.using, { actor, algorithmId: id, serviceId, ref })
    await deploys.settled()
  }
  return {
    ...world,
    ask,
    deps,
    deploys,
    audit,
    accounts,
    keys,
    uses,
    failures,
    origin,
    pipelines,
    until,
    deploy,
    /** Lets commands of tests that are held pass. */
    letTestsPass: () => letTestsPass(),
    /** Whether processes of new releases become ready. Null as long as they are starting. */
    setReady(is: boolean | null) {
      processes.areReady = is
    },
    /** Lets deletions that begin from now on wait until the returned function is called. */
    holdDeletions(): () => void {
      let go = () => {}
      processes.mayBeDeleted = new Promise<void>((resolve) => (go = resolve))
      return () => go()
    },
    /** Resolves when the task of a pipeline has ended, and Gitea was told everything about it. */
    async marked(id: string) {
      const pipeline = await deps.pipelines.get(id)
      // The state is stored before it is told, so a pipeline that has ended may still have to be told.
      if (pipeline?.taskId) await deps.runner.settled(pipeline.taskId)
      await deps.queue.run(turnOfMarks(id), async () => undefined)
    },
    /** Uploads code to the platform's own host, and returns its commit. */
    async upload(id: string, files: Record<string, string>): Promise<string> {
      const folder = await mkdtemp(join(world.folder, 'upload-'))
      for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content)
      const input = { folder, actor: testActor('admin'), algorithmId: id }
      return (await registerFolder(world.algorithms, input)).version.commit
    },
    /** Resolves when what was pushed until now was looked at for previews. */
    async looked(id: string) {
      await server.hooks.settled()
      await deps.queue.run(`previews of ${id}`, async () => undefined)
    },
    /** The previews of a service, by their ids; those that are being deleted are waited for. */
    async previews(id: string): Promise<string[]> {
      // Between the two readings, one may be gone together with its rule: only a rule that is on says that it stays.
      const stays = (previewId: string) => deps.rules.get(previewId).then((rule) => rule?.enabled === true)
      const isSettled = async () => {
        const all = (await deps.services.previews(id)).map((row) => row.id)
        return (await Promise.all(all.map(stays))).every(Boolean) ? all : null
      }
      return (await waitFor(isSettled, { timeoutMs: patienceMs })) ?? ['one that is not deleted']
    },
    /** Deletes the row of a service, as the last step of its deletion does. */
    removeService: (id: string) => deleteWithQueue(deps, id),
    /** Turns the rule of a service on, and waits until its webhook works if it has one. */
    async watch(id: string, rule: Partial<typeof usualRule> | object = {}): Promise<PushRule> {
      const saved = await ask('PUT', `/services/${id}/push-deploy`, { ...usualRule, ...rule })
      if (saved.statusCode !== 200) throw new Error(saved.body)
      await server.hooks.settled()
      return (await ask('GET', `/services/${id}/push-deploy`)).json()
    },
    /** A repository of Gitea with one commit, registered and deployed as a service. */
    async deployed() {
      const repository = await world.create()
      const folder = await world.clone(repository.fullName)
      const commit = await world.push(folder, 'main', codeOf(1), '第一版')
      await world.ask('POST', '/repos/register', { repo_url: repository.url })
      await deploy(repository.name, commit)
      return { ...repository, folder, commit }
    },
    async close() {
      await Promise.all(looks)
      await deploys.close()
      // What is told to Gitea goes on beside the work.
      await queue.settled()
      await world.close()
    },
  }
}

export type PipelinesWorld = Awaited<ReturnType<typeof openPipelinesWorld>>

/**
 * A Gitea server, and the world in front of it with its settings. Both are closed when the test has finished, which fails if
 * something failed beside it.
 */
export async function openPipelinesForTest(): Promise<{ server: GiteaStandIn; world: PipelinesWorld }> {
  const server = await GiteaStandIn.open()
  onTestFinished(() => server.close())
  const world = await openPipelinesWorld(server)
  onTestFinished(async () => {
    await server.hooks.settled()
    await world.close()
    expect(world.failures).toEqual([])
  })
  await world.setUp()
  return { server, world }
}
