import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { taskSteps } from '@vitrine/contract'
import { gate } from '../../../../../tests/support/gate.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { TaskChanged, TaskRecord } from '../tasks/task-progress.ts'
import { deployInput } from '../deployments/deploy.types.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import { authorNow, type AuthorDeps } from '../service-grants/author-now.ts'
import { createServiceGrantsRepository } from '../service-grants/service-grants.repository.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { batchTask, type BatchDeps } from './batch.task.ts'
import { openOperationsWorld } from './operations.test-world.ts'

const createdBy = testActor('admin')
const actor = { id: createdBy.id, name: createdBy.name }
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>

/** Carries out batches. Nothing is deployed unless `deploy` does it. */
function batchesOf(
  { world, deps, instanceRows }: Opened,
  changes: { save?: TasksRepository['save'] } & Partial<Pick<BatchDeps, 'deploy' | 'authorNow'>>,
) {
  const { services, releases, ports, gateway, runner, tasks } = deps
  const { paths, instances } = world
  const {
    deploy = () => Promise.reject(new Error('nothing is deployed here')),
    authorNow: author = async () => createdBy,
  } = changes
  const failures: unknown[] = []
  const batches = createTaskRunner(
    {
      repository: { ...tasks, ...(changes.save && { save: changes.save }) },
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 2,
      logger: pino({ level: 'silent' }),
    },
    batchTask({
      operate: { paths, ports, instances, gateway, services, releases, instanceRows },
      tasks,
      runner,
      authorNow: author,
      deploy,
      onError: (error) => void failures.push(error),
    }),
  )
  return { batches, failures }
}

/** Carries out batches whose first result cannot be stored. */
function failingOnce(from: Opened) {
  const away = new Error('the database is away')
  let isAway = true
  const save = async (task: TaskRecord) => {
    if (task.result !== null && isAway) {
      isAway = false
      throw away
    }
    await from.deps.tasks.save(task)
  }
  return { ...batchesOf(from, { save }), away, hasFailed: () => !isAway }
}

/** Stores a batch that deploys the service, which another control plane or a later moment carries out. */
const storedBatch = () =>
  opened.deps.tasks.insert({
    kind: 'service.batch',
    serviceId: null,
    input: { action: 'deploy', service_ids: ['slow'], at_once: null, actor },
    steps: taskSteps['service.batch'],
    createdBy,
  })

/** A deploy that only ends when it is cancelled. */
const endless: TaskKind<typeof deployInput, 'service.deploy'> = {
  kind: 'service.deploy',
  input: deployInput,
  run: ({ signal }) =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason))
    }),
}

let opened: Opened
const answered = gate()
beforeEach(async () => {
  opened = await openOperationsWorld('slow')
})
afterEach(async () => {
  answered.open()
  await opened.deps.runner.close()
  await opened.world.close()
})

test('a batch whose results cannot be stored for a moment goes on, and ends when the work on all services has ended', async () => {
  const { world, deps } = opened
  await world.addService('quick', { starts: false })
  world.instances.inFlight = async ([instance]) => {
    // Results are stored only now and then, so the one of the service without an instance comes late enough.
    const askedAt = performance.now()
    const isLate = () => performance.now() - askedAt > 300
    await (instance ? answered.passed : waitFor(isLate, { timeoutMs: patienceMs }))
    return 0
  }
  const { batches, failures, away, hasFailed } = failingOnce(opened)
  const input = { action: 'stop', service_ids: ['slow', 'quick'], at_once: null, actor }
  const { id } = await batches.start({ kind: 'service.batch', serviceId: null, input, createdBy })
  let hasEnded = false
  const ended = batches.settled(id).then(() => (hasEnded = true))
  expect(await waitFor(hasFailed, { timeoutMs: patienceMs })).toBe(true)
  expect(await waitFor(() => failures.length > 0 || hasEnded, { timeoutMs: patienceMs })).toBe(true)
  expect([failures, hasEnded]).toEqual([[away], false])
  answered.open()
  await ended
  const both = ['quick', 'slow'].map((service) => ({ service_id: service, ok: true, changed: true }))
  expect((await deps.tasks.get(id))?.task).toMatchObject({ state: 'succeeded', result: both })
  expect(await deps.services.get('slow')).toMatchObject({ desired: 'stopped' })
  await batches.close()
})

test('a batch deploys a service that its author is deploying by hand too, and is cancelled without that deploy', async () => {
  const { tasks, runner } = opened.deps
  runner.add(endless)
  const begin = (begunBy: object) => {
    const input = { service_id: 'slow', release: 2, ...begunBy }
    return runner.start({ kind: 'service.deploy', serviceId: 'slow', input, createdBy })
  }
  const own: TaskRecord[] = []
  const deploy: BatchDeps['deploy'] = async ({ begunBy }) => {
    const task = await begin(begunBy)
    own.push(task)
    return task
  }
  const { batches } = batchesOf(opened, { deploy })
  const stored = await storedBatch()
  const byHand = await begin({})
  const stateOf = async (id = '') => (await tasks.get(id))?.task.state
  const runs = async () => (await stateOf(byHand.id)) === 'running'
  expect(await waitFor(runs, { timeoutMs: patienceMs })).toBe(true)
  batches.begin(stored)
  expect(await waitFor(() => own.length > 0, { timeoutMs: patienceMs })).toBe(true)
  await batches.cancel(stored.task.id)
  await batches.settled(stored.task.id)
  expect(await stateOf(own[0]?.id)).toBe('cancelled')
  expect(await stateOf(byHand.id)).toBe('running')
  await batches.close()
})

test('a batch that starts again takes the deploy that it has begun, whatever its author did afterwards', async () => {
  const { tasks } = opened.deps
  const stored = await storedBatch()
  const batch_id = stored.task.id
  const works = [
    { kind: 'service.deploy', input: { service_id: 'slow', release: 2, batch_id } },
    { kind: 'service.adjust', input: { service_id: 'slow' } },
  ] as const
  for (const work of works) {
    const { task } = await tasks.insert({ ...work, serviceId: 'slow', steps: [], createdBy })
    await tasks.save({ ...task, state: 'succeeded', finished_at: new Date().toISOString() })
  }
  const { batches } = batchesOf(opened, {})
  batches.begin(stored)
  await batches.settled(batch_id)
  expect((await tasks.get(batch_id))?.task.result).toEqual([{ service_id: 'slow', ok: true }])
  await batches.close()
})

/** Somebody who is granted to own both services, and the parts that say so. */
async function grantee() {
  const { world, deps } = opened
  await world.addService('quick', { starts: false })
  const users = createUsersRepository(world)
  await users.seedRoles()
  const { id, username: name } = await users.create({ username: 'anna', passwordHash: '', role: 'user' })
  const group = (await deps.groups.insert({ name: '视觉', colour: 'blue' })) ?? ''
  const grants = createServiceGrantsRepository(world)
  const grant = (await grants.put(group, { userId: id }, { from: null, to: 'own' })) ?? ''
  for (const service of ['slow', 'quick']) await deps.services.update(service, { groupId: group })
  const key = { ...testActor('user', id), kind: 'key' as const }
  const keys = new Map([['laptop', key]])
  const authors: AuthorDeps = {
    users,
    grantsOf: grants.heldBy,
    keys: { actorOf: async (of) => keys.get(of) ?? null },
  }
  const takeAway = {
    'service.not_yours': () => grants.remove({ id: grant, level: 'own' }),
    'batch.author_gone': () => users.update(id, { disabled: true }),
    'auth.scope_missing': async () => keys.set('laptop', { ...key, permissions: new Set() }),
  }
  return { person: { id, name }, authors, takeAway }
}

test.each([
  ['their grant is taken away', 'service.not_yours', null],
  ['the grant of the owner of their key is taken away', 'service.not_yours', 'laptop'],
  ['they are disabled', 'batch.author_gone', null],
  ['their key may do less', 'auth.scope_missing', 'laptop'],
] as const)('a batch leaves alone what its turn comes to after %s', async (_what, code, key_id) => {
  const { tasks } = opened.deps
  const { person, authors, takeAway } = await grantee()
  const deploy: BatchDeps['deploy'] = async ({ serviceId, begunBy }) => {
    await takeAway[code]()
    const input = { service_id: serviceId, release: 2, ...begunBy }
    const { task } = await tasks.insert({ kind: 'service.deploy', serviceId, input, steps: [], createdBy })
    await tasks.save({ ...task, state: 'succeeded', finished_at: new Date().toISOString() })
    return task
  }
  const { batches } = batchesOf(opened, { deploy, authorNow: (author) => authorNow(authors, author) })
  const input = { action: 'deploy', service_ids: ['slow', 'quick'], at_once: 1, actor: { ...person, key_id } }
  const { id } = await batches.start({ kind: 'service.batch', serviceId: null, input, createdBy })
  await batches.settled(id)
  expect((await tasks.get(id))?.task.result).toMatchObject([
    { service_id: 'slow', ok: true },
    { service_id: 'quick', ok: false, error: { code } },
  ])
  await batches.close()
})
