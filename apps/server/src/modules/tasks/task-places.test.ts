import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { TaskKind } from './task-kind.ts'
import type { TaskChanged } from './task-progress.ts'
import { createTaskRunner } from './task-runner.ts'
import { input, openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeAll(async () => {
  world = await openTasksWorld()
})
afterAll(() => world.close())

/** Works until it is ended. */
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )

test('tasks of many can take the places of one person, and people without a place have some in reserve', async () => {
  const began: number[] = []
  const kind: TaskKind<typeof input> = {
    kind: 'service.stop',
    input,
    atOnce: 2,
    perPerson: 1,
    reserve: 1,
    personOf: ({ n }) => (n < 3 ? 'visitors of a link' : null),
    run({ input: { n }, signal }) {
      began.push(n)
      return never(signal)
    },
  }
  const runner = createTaskRunner(
    {
      repository: world.repository,
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      concurrency: 1,
    },
    kind,
  )
  world.runners.push(runner)
  const ids = []
  for (const n of [1, 2, 3, 4, 5]) {
    const by = { id: `00000000-0000-4000-8000-00000000000${n}`, name: `visitor ${n}` }
    const asked = { kind: 'service.stop', serviceId: `s${n}`, input: { n }, createdBy: by } as const
    ids.push((await runner.start(asked)).id)
  }
  await waitFor(() => began.length === 3, { timeoutMs: patienceMs })
  const states = await Promise.all(ids.map(async (id) => (await world.stateOf(id))?.state))
  expect([began.toSorted((one, other) => one - other), states[1], states[4]]).toEqual([
    [1, 3, 4],
    'queued',
    'queued',
  ])
})
