import type { Run } from '@vitrine/contract'
import type { Logger } from 'pino'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { internalError } from '../../http/http.errors.ts'
import type { ServerEvent } from '../../http/sse.ts'
import { callInstance } from './instance-call.ts'
import { hasRunEnded, nextRun, type PredictEvent } from './run-progress.ts'
import { runCancelled } from './runs.errors.ts'
import type { RunsRepository } from './runs.repository.ts'

type Active = {
  run: Run
  controller: AbortController
  /** What happened so far, for whoever comes later; bounded. */
  events: ServerEvent[]
  listeners: Set<(event: ServerEvent) => void>
  done: Promise<void>
}

/** Events kept for those who come back to a run; older ones give way. */
const keptEvents = 2_000

type Deps = { runs: RunsRepository; clock: Clock; logger: Logger }

/** Carries runs to their end within this control plane, and lets people follow and cancel them. */
export type RunExecutor = ReturnType<typeof createRunExecutor>

export function createRunExecutor(deps: Deps) {
  const active = new Map<string, Active>()
  const now = () => deps.clock().toISOString()

  function tell(entry: Active, event: ServerEvent): void {
    entry.events.push(event)
    if (entry.events.length > keptEvents) entry.events.shift()
    for (const listener of entry.listeners) listener(event)
  }

  async function apply(entry: Active, event: PredictEvent): Promise<void> {
    const before = entry.run.status
    entry.run = nextRun(entry.run, event, now())
    if (entry.run.status !== before) await deps.runs.save(entry.run)
    tell(entry, { event: event.event, data: event.data })
  }

  async function fail(entry: Active, error: unknown): Promise<void> {
    const cancelled = entry.controller.signal.aborted
    const known = cancelled ? runCancelled({}) : error instanceof AppError ? error : internalError({}, error)
    if (!(error instanceof AppError) && !cancelled)
      deps.logger.error({ err: error, run: entry.run.id }, 'run failed')
    entry.run = {
      ...entry.run,
      status: cancelled ? 'cancelled' : 'failed',
      error: { code: known.code, message: known.messageIn('zh'), details: known.details },
      finished_at: now(),
    }
    await deps.runs.save(entry.run)
  }

  async function carryOut(entry: Active, port: number): Promise<void> {
    try {
      const { id, service_id: serviceId, input_data, parameters } = entry.run
      entry.run = { ...entry.run, status: 'running', started_at: now() }
      await deps.runs.save(entry.run)
      tell(entry, { event: 'status', data: entry.run })
      const body = { input_data, parameters, batch_id: id }
      for await (const event of callInstance({ serviceId, port, body, signal: entry.controller.signal }))
        await apply(entry, event)
    } catch (error) {
      await fail(entry, error)
    }
  }

  return {
    /** Begins a stored run on an instance's port. */
    start(run: Run, port: number): void {
      const entry: Active = {
        run,
        controller: new AbortController(),
        events: [],
        listeners: new Set(),
        done: Promise.resolve(),
      }
      active.set(run.id, entry)
      entry.done = carryOut(entry, port)
        .catch((error: unknown) => deps.logger.error({ err: error, run: run.id }, 'recording a run failed'))
        .finally(() => {
          active.delete(run.id)
          tell(entry, { event: 'status', data: entry.run })
        })
    },
    /** Asks a run to end; false if it does not run here. */
    cancel(id: string): boolean {
      const entry = active.get(id)
      entry?.controller.abort()
      return entry !== undefined
    },
    /** A run as it is now, ahead of its row; null if it does not run here. */
    current: (id: string): Run | null => active.get(id)?.run ?? null,
    /** Gives a listener what happened so far and what comes, the last event being `status` of the ended run; null if it does not run here. */
    follow(id: string, listener: (event: ServerEvent, ended: boolean) => void): (() => void) | null {
      const entry = active.get(id)
      if (!entry) return null
      const hear = (event: ServerEvent) => listener(event, event.event === 'status' && hasRunEnded(entry.run))
      for (const event of entry.events) listener(event, false)
      entry.listeners.add(hear)
      return () => entry.listeners.delete(hear)
    },
    /** Resolves when a run has ended. */
    settled: async (id: string): Promise<void> => active.get(id)?.done,
    /** Ends what runs; each is recorded as cancelled. */
    async close(): Promise<void> {
      const all = [...active.values()]
      for (const { controller } of all) controller.abort()
      await Promise.all(all.map(({ done }) => done))
    },
  }
}
