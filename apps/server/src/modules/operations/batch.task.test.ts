import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rolePermissions } from '@vitrine/contract'
import { gate } from '../../../../../tests/support/gate.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { TaskChanged, TaskRecord } from '../tasks/task-progress.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { batchTask } from './batch.task.ts'
import { openOperationsWorld } from './operations.test-world.ts'

const createdBy = testActor('admin')
const actor = {
  id: createdBy.id,
  name: createdBy.name,
  role: 'admin',
  permissions: [...rolePermissions.admin],
  service_ids: null,
}
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>

/** Carries out batches whose first result cannot be stored. */
function failingOnce({ world, deps, instanceRows }: Opened) {
  const { services, releases, ports, gateway, runner, tasks } = deps
  const { paths, instances } = world
  const failures: unknown[] = []
  const away = new Error('the database is away')
  let isAway = true
  const save = async (task: TaskRecord) => {
    if (task.result !== null && isAway) {
      isAway = false
      throw away
    }
    await tasks.save(task)
  }
  const batches = createTaskRunner(
    {
      repository: { ...tasks, save },
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 2,
      logger: pino({ level: 'silent' }),
    },
    batchTask({
      operate: { paths, ports, instances, gateway, services, releases, instanceRows },
      tasks,
      runner,
      deploy: () => Promise.reject(new Error('nothing is deployed here')),
      onError: (error) => void failures.push(error),
    }),
  )
  return { batches, failures, away, hasFailed: () => !isAway }
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
