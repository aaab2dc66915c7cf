import { pino } from 'pino'
import type { CodeHostKind, ExistingRepository } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { Actor } from '../../lib/actor.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { beginMove, moveTask } from './gitea.move.task.ts'
import type { GiteaWorld as World } from './gitea.test-world.ts'

/** What runs moves of code. `told` are the messages of their steps, in English. */
export function openMoves(world: World) {
  const repository = createTasksRepository({ db: world.db })
  const logger = pino({ level: 'silent' })
  const onError = (error: unknown) => {
    throw error
  }
  const told: string[] = []
  const bus = createBus<TaskChanged>()
  bus.subscribe(({ task }) => {
    for (const { message } of task.steps) if (message !== null) told.push(message.en)
  })
  const runner = createTaskRunner(
    { repository, bus, clock: systemClock, logger, concurrency: 1 },
    moveTask({ ...world.gitea, users: createUsersRepository({ db: world.db }), onError }),
  )
  const ended = async (id: string) => {
    await runner.settled(id)
    return (await repository.get(id))?.task
  }
  const begin = (
    to: CodeHostKind,
    ids?: string[],
    { actor = testActor('admin'), existing }: { actor?: Actor; existing?: ExistingRepository } = {},
  ) => beginMove({ ...world.gitea, runner }, { actor, to, ids, ...(existing && { existing }) })
  return { repository, runner, ended, begin, told }
}
