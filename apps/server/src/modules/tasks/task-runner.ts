import type { Json, Task } from '@vitrine/contract'
import pLimit from 'p-limit'
import { createServiceTurns } from './service-turns.ts'
import { Abort, type TaskKind } from './task-kind.ts'
import { hasEnded, type TaskRecord } from './task-progress.ts'
import { runTask, type TaskRunDeps } from './task-run.ts'
import { taskEnded, taskNotFound } from './tasks.errors.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

type Deps = TaskRunDeps & {
  repository: TasksRepository
  kinds: readonly TaskKind[]
  /** How many tasks run at once. */
  concurrency: number
}

type Running = { controller: AbortController; done: Promise<void> }

/** Starts, follows, cancels and, after a restart, resumes long work. Tasks of one service run one after the other. */
export type TaskRunner = ReturnType<typeof createTaskRunner>

export function createTaskRunner(deps: Deps) {
  const limit = pLimit(deps.concurrency)
  const running = new Map<string, Running>()
  const turns = createServiceTurns()
  const kinds = new Map(deps.kinds.map((kind) => [kind.kind, kind]))

  const ownLimits = new Map(
    deps.kinds.flatMap(({ kind, atOnce }) => (atOnce === undefined ? [] : [[kind, pLimit(atOnce)] as const])),
  )
  const kindOf = (name: Task['kind']): TaskKind => {
    const kind = kinds.get(name)
    if (!kind) throw new Error(`no task kind ${name}`)
    return kind
  }

  function enqueue(stored: StoredTask): void {
    const { id, service_id: serviceId, kind } = stored.task
    if (running.has(id)) return
    const controller = new AbortController()
    const { signal } = controller
    let begun: Promise<void> | null = null
    const carryOut = async () => runTask(deps, kindOf(kind), stored, signal)
    const begin = () => {
      begun ??= carryOut().catch((error: unknown) =>
        // Its row could not be written and stays unfinished: the next `resume` begins it anew.
        deps.logger.error({ err: error, task: id }, 'recording a task failed'),
      )
      return begun
    }
    const turn = turns.after(serviceId).then(() => (ownLimits.get(kind) ?? limit)(begin))
    // One that is cancelled while it waits ends at once, not when its turn comes.
    const cancelled = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(begin()), { once: true }),
    )
    const done = Promise.race([turn, cancelled]).finally(() => {
      running.delete(id)
      turns.touch(serviceId)
    })
    running.set(id, { controller, done })
    if (serviceId === null) turns.touch(null)
    else turns.take(serviceId, turn)
  }

  return {
    /** Stores a task and begins it as soon as its turn comes. */
    async start(input: {
      kind: Task['kind']
      serviceId: string | null
      input: Json
      createdBy: { id: string; name: string }
    }): Promise<TaskRecord> {
      const stored = await deps.repository.insert({ ...input, steps: kindOf(input.kind).steps })
      deps.bus.publish({ type: 'task', data: stored.task, createdById: stored.createdById })
      enqueue(stored)
      return stored.task
    },
    inTurn: turns.inTurn,
    /** Asks a task to end; it is `cancelled` once what it left is undone. */
    async cancel(id: string): Promise<TaskRecord> {
      const stored = await deps.repository.get(id)
      if (!stored) throw taskNotFound({ task_id: id })
      const active = running.get(id)
      if (hasEnded(stored.task) || !active) throw taskEnded({ task_id: id, state: stored.task.state })
      active.controller.abort(new Abort('cancelled'))
      return stored.task
    },
    /** Begins again what is unfinished and runs nowhere: an ended control plane left it, or the database was away at its end. */
    async resume(): Promise<number> {
      const unfinished = await deps.repository.unfinished()
      const orphans = unfinished.filter(({ task }) => !running.has(task.id))
      for (const { task } of orphans) {
        // Read again: it may have ended since, and nobody but us runs it.
        const stored = await deps.repository.get(task.id)
        if (stored && !hasEnded(stored.task)) enqueue(stored)
      }
      return orphans.length
    },
    now: turns.now,
    isUntouched: turns.isUntouched,
    /** Resolves when a task that runs here has ended; at once for others. */
    async settled(id: string): Promise<void> {
      await running.get(id)?.done
    },
    /** Lets go of running tasks, leaving them to the next control plane. */
    async close(): Promise<void> {
      const all = [...running.values()]
      for (const { controller } of all) controller.abort(new Abort('shutdown'))
      await Promise.all(all.map(({ done }) => done))
    },
  }
}
