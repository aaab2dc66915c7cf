import { pino } from 'pino'
import { z } from 'zod'
import type { StepName } from '@vitrine/contract'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { TaskContext, TaskKind } from './task-kind.ts'
import { taskIn, type TaskChanged } from './task-progress.ts'
import { createTaskRunner } from './task-runner.ts'
import { createTasksRepository, type TasksRepository } from './tasks.repository.ts'

export const noDisk = new AppError({
  code: 'asset.storage_full',
  details: {},
  messages: { zh: '磁盘满了', en: 'disk full' },
})
export const input = z.object({ n: z.number() })
export const createdBy = { id: '11111111-1111-4111-8111-111111111111', name: 'tester' }

/** A database for tasks, and runners with one kind of task on it. */
export async function openTasksWorld() {
  const database = await createTestDatabase()
  const repository = createTasksRepository(database)
  const runners: { close: () => Promise<void> }[] = []
  return {
    repository,
    /** The runners to close before the database. */
    runners,
    runnerWith(
      run: (context: TaskContext<{ n: number }, StepName>) => Promise<null>,
      undo?: TaskKind<typeof input>['undo'],
      options: {
        atOnce?: number
        concurrency?: number
        repository?: TasksRepository
        preemptible?: (input: { n: number }) => boolean
        takesTurnLater?: true
      } = {},
    ) {
      const kind: TaskKind<typeof input> = {
        kind: 'service.start',
        input,
        run,
        ...(undo && { undo }),
        ...(options.atOnce && { atOnce: options.atOnce }),
        ...(options.preemptible && { preemptible: options.preemptible }),
        ...(options.takesTurnLater && { takesTurnLater: options.takesTurnLater }),
      }
      const bus = createBus<TaskChanged>()
      const runner = createTaskRunner(
        {
          repository: options.repository ?? repository,
          bus,
          clock: systemClock,
          logger: pino({ level: 'silent' }),
          concurrency: options.concurrency ?? 4,
        },
        kind,
      )
      runners.push(runner)
      const start = (serviceId: string, n = 1, by = createdBy) =>
        runner.start({ kind: 'service.start', serviceId, input: { n }, createdBy: by })
      return { runner, bus, start }
    },
    /** The task in the form for a Chinese reader. */
    async stateOf(id: string) {
      const record = (await repository.get(id))?.task
      return record && taskIn(record, { language: 'zh', mayReadLogs: true, mayReadPorts: true })
    },
    async close(): Promise<void> {
      for (const runner of runners.splice(0)) await runner.close()
      await database.close()
    },
  }
}
