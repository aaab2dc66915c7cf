import type { Logger } from 'pino'
import { isAway } from '../../adapters/database/database.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { internalError } from '../../http/http.errors.ts'
import { callInstance } from './instance-call.ts'
import { RunHistory, type RunEvent } from './run-history.ts'
import type { Place } from './run-place.ts'
import { hasRunEnded, nextRun, type PredictEvent } from './run-progress.ts'
import { failureOf, type RunRecord } from './run-record.ts'
import { runCancelled, runInterrupted } from './runs.errors.ts'
import type { RunsRepository } from './runs.repository.ts'

type Active = {
  run: RunRecord
  controller: AbortController
  /** What happened so far, for whoever comes later. */
  history: RunHistory
  listeners: Set<(event: RunEvent) => void>
  /** Port of the instance that carries it out, once it has one. */
  port: number | null
  done: Promise<void>
}

/** Why a run is aborted. */
type Cut = 'cancelled' | 'shutdown'

type Deps = { runs: RunsRepository; clock: Clock; logger: Logger }

/** Carries runs to their end within this control plane, and lets people follow and cancel them. */
export type RunExecutor = ReturnType<typeof createRunExecutor>

/** A server that was killed is back within seconds. */
const databaseWaitMs = 60_000

/** What a run that ended early is told to have failed of. */
function errorOf(cut: Cut | null, error: unknown): AppError {
  if (cut !== null) return cut === 'cancelled' ? runCancelled({}) : runInterrupted({})
  return error instanceof AppError ? error : internalError({}, error)
}

export function createRunExecutor(deps: Deps) {
  const active = new Map<string, Active>()
  const now = () => deps.clock().toISOString()

  function tell(entry: Active, event: RunEvent): void {
    entry.history.add(event)
    for (const listener of entry.listeners) listener(event)
  }

  /** Writes a run's row. Where the database is away, it waits for it: a run that ended would count as running for ever. */
  async function record(run: RunRecord): Promise<void> {
    let problem: unknown
    const save = () =>
      deps.runs.save(run).then(
        () => true,
        (error: unknown) => {
          if (!isAway(error)) throw error
          problem = error
          return false
        },
      )
    const recorded = await waitFor(save, { timeoutMs: databaseWaitMs, everyMs: 100, slowingToMs: 2_000 })
    if (!recorded) throw problem
  }

  async function apply(entry: Active, event: PredictEvent): Promise<void> {
    const before = entry.run.status
    entry.run = nextRun(entry.run, event, now())
    if (entry.run.status !== before) await record(entry.run)
    tell(entry, event)
  }

  async function fail(entry: Active, error: unknown): Promise<void> {
    const { signal } = entry.controller
    const cut: Cut | null = signal.aborted ? signal.reason : null
    const known = errorOf(cut, error)
    if (!(error instanceof AppError) && !cut)
      deps.logger.error({ err: error, run: entry.run.id }, 'run failed')
    entry.run = {
      ...entry.run,
      status: cut === 'cancelled' ? 'cancelled' : 'failed',
      error: failureOf(known),
      finished_at: now(),
    }
    await record(entry.run)
  }

  async function carryOut(entry: Active, place: Place): Promise<void> {
    let leave = () => {}
    try {
      const placed = await place(entry.controller.signal)
      leave = placed.leave
      const { port } = placed
      entry.port = port
      const { id, service_id: serviceId, input_data, parameters } = entry.run
      entry.run = { ...entry.run, status: 'running', started_at: now() }
      await record(entry.run)
      tell(entry, { event: 'status', data: entry.run })
      const body = { input_data, parameters, batch_id: id }
      for await (const event of callInstance({ serviceId, port, body, signal: entry.controller.signal }))
        await apply(entry, event)
    } catch (error) {
      await fail(entry, error)
    } finally {
      leave()
    }
  }

  return {
    /** Begins a stored run; it is queued until it has its place. */
    start(run: RunRecord, place: Place): void {
      const entry: Active = {
        run,
        controller: new AbortController(),
        history: new RunHistory(),
        listeners: new Set(),
        port: null,
        done: Promise.resolve(),
      }
      active.set(run.id, entry)
      entry.done = carryOut(entry, place)
        .catch((error: unknown) => deps.logger.error({ err: error, run: run.id }, 'recording a run failed'))
        .finally(() => {
          active.delete(run.id)
          tell(entry, { event: 'status', data: entry.run })
        })
    },
    /** Asks a run to end; false if it does not run here. */
    cancel(id: string): boolean {
      const entry = active.get(id)
      entry?.controller.abort('cancelled' satisfies Cut)
      return entry !== undefined
    },
    /** A run as it is now, ahead of its row; null if it does not run here. */
    current: (id: string): RunRecord | null => active.get(id)?.run ?? null,
    /** How many runs an instance carries out, by its port. */
    runsOn: (port: number): number => [...active.values()].filter((entry) => entry.port === port).length,
    /** What is kept of what happened in a run that runs here; nothing of others. */
    kept: (id: string): RunEvent[] => [...(active.get(id)?.history ?? [])],
    /** Gives a listener what happened so far and what comes, the last event being `status` of the ended run; null if it does not run here. */
    follow(id: string, listener: (event: RunEvent, ended: boolean) => void): (() => void) | null {
      const entry = active.get(id)
      if (!entry) return null
      const hear = (event: RunEvent) => listener(event, event.event === 'status' && hasRunEnded(entry.run))
      for (const event of entry.history) listener(event, false)
      entry.listeners.add(hear)
      return () => entry.listeners.delete(hear)
    },
    /** Resolves when a run has ended. */
    settled: async (id: string): Promise<void> => active.get(id)?.done,
    /** Ends what runs; each is recorded as interrupted. */
    async close(): Promise<void> {
      const all = [...active.values()]
      for (const { controller } of all) controller.abort('shutdown' satisfies Cut)
      await Promise.all(all.map(({ done }) => done))
    },
  }
}
