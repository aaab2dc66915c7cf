import { z } from 'zod'
import { processState, type ProcessState } from '@vitrine/contract'
import { afterExit, crashLoopOf, endOf, exitCodeOf, recentExits, type Exit } from '../crash-loop.ts'
import { endpointOf } from '../process-endpoint.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { OverLimit, ProcessReport } from '../process-runner.ts'
import type { JournalEvent } from './supervisor-journal.ts'

/**
 * supervisord's information about one process (http://supervisord.org/api.html, getProcessInfo). `start` is
 * in seconds since the epoch.
 */
export const supervisorInfo = z.object({
  name: z.string(),
  statename: processState,
  pid: z.number(),
  start: z.number(),
})
/** supervisord's information about one process. */
export type SupervisorInfo = z.infer<typeof supervisorInfo>

/** Identifies one life of a process. */
export const generationOf = ({ pid, start }: SupervisorInfo): string => `${pid}-${start}`

/**
 * The history of one process from the journal. `over`: it is not expected to continue, so the next spawn
 * begins a new series.
 */
export type ProcessHistory = {
  spawnedAt: number | null
  /** The exits since the last requested start. */
  exits: Exit[]
  restarts: number
  over: boolean
  /**
   * It could not get its port and is started with another one. Its next spawn is no restart, and does not end
   * the series.
   */
  lostPort: boolean
}

/**
 * What the journal does not tell about an exit: the limit because of which it was killed, or that it could
 * not get its port.
 */
export type EndCause = { overLimit: OverLimit | null; lostPort: boolean }

/** The empty history. */
export const emptyHistory: ProcessHistory = {
  spawnedAt: null,
  exits: [],
  restarts: 0,
  over: true,
  lostPort: false,
}

/**
 * Returns the history after an event. The end of a series (stopped, given up) clears its exits only at the
 * next spawn, because until then they are the reason that is shown. Restarts are counted over the whole life
 * of the process. `cause` is the cause of an exit. An exit because of a lost port does not count.
 */
export function nextHistory(
  history: ProcessHistory,
  event: JournalEvent,
  cause: EndCause = { overLimit: null, lostPort: false },
): ProcessHistory {
  switch (event.kind) {
    case 'spawned':
      if (history.lostPort) return { ...history, spawnedAt: event.at, over: false, lostPort: false }
      return history.over
        ? { ...history, spawnedAt: event.at, exits: [], over: false }
        : { ...history, spawnedAt: event.at, restarts: history.restarts + 1 }
    case 'exited': {
      if (cause.lostPort) return { ...history, spawnedAt: null, lostPort: true }
      const { overLimit } = cause
      const ranMs = event.at - (history.spawnedAt ?? event.at)
      const exit: Exit = { at: event.at, ranMs, exitCode: event.exitCode, signal: event.signal, overLimit }
      return { ...history, spawnedAt: null, exits: [...recentExits(history.exits, event.at), exit] }
    }
    case 'stopped':
    case 'gave_up':
      return { ...history, spawnedAt: null, over: history.over || !history.lostPort }
  }
}

/**
 * Returns the reason to stop a process that supervisord would restart again and again; null while it may
 * continue.
 */
export function crashLoopReason(history: ProcessHistory, now: number): ProcessReason | null {
  const next = afterExit(history.exits, now)
  return history.exits.length > 0 && next.kind === 'give_up' ? next.reason : null
}

/** Returns why a process in this state is not well. */
function reasonIn(
  state: ProcessState,
  { fatal }: ProcessRecord,
  { exits }: ProcessHistory,
): ProcessReason | null {
  const last = exits.at(-1) ?? null
  if (state === 'FATAL') return fatal ?? crashLoopOf(exits)
  return last && (state === 'BACKOFF' || state === 'EXITED') ? endOf(last) : null
}

/**
 * Makes a report from supervisord's current information (null: it does not know the process), our decisions,
 * and the history.
 */
export function reportOf(
  record: ProcessRecord,
  info: SupervisorInfo | null,
  history: ProcessHistory,
  now: { stopping: boolean; moving: boolean; host: string; listeners?: readonly string[] | undefined },
): ProcessReport {
  const runs = info !== null && info.pid > 0
  const last = history.exits.at(-1) ?? null
  let state: ProcessState = info?.statename ?? 'STOPPED'
  // Between two lives of a program that is being given up, supervisord may still be about to start the next one.
  if (now.stopping && (state !== 'STOPPED' || record.fatal !== null)) state = 'STOPPING'
  else if (record.fatal !== null && !runs) state = 'FATAL'
  else if (record.desired === 'stopped' && !runs) state = 'STOPPED'
  else if (now.moving && record.desired === 'running') state = 'STARTING'
  return {
    id: record.spec.id,
    account: record.spec.user,
    state,
    generation: runs ? generationOf(info) : null,
    listeners: runs ? now.listeners : undefined,
    endpoint: endpointOf(record, now.host),
    lostPort: record.lostPort,
    pid: runs ? info.pid : null,
    startedAt: runs ? new Date(info.start * 1000) : null,
    exitCode: last && exitCodeOf(last),
    overLimit: last?.overLimit ?? null,
    lastEnd: last && endOf(last),
    lastEndAt: last && new Date(last.at),
    restarts: history.restarts,
    reason: reasonIn(state, record, history),
  }
}
