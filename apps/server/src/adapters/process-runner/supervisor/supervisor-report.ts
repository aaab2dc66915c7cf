import { z } from 'zod'
import { processState, type ProcessState } from '@vitrine/contract'
import { afterExit, crashLoopOf, endOf, exitCodeOf, recentExits, type Exit } from '../crash-loop.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { OverLimit, ProcessReport } from '../process-runner.ts'
import type { JournalEvent } from './supervisor-journal.ts'

/** What supervisord says of one process (http://supervisord.org/api.html, getProcessInfo). `start` in seconds since the epoch. */
export const supervisorInfo = z.object({
  name: z.string(),
  statename: processState,
  pid: z.number(),
  start: z.number(),
})
/** What supervisord says of one process. */
export type SupervisorInfo = z.infer<typeof supervisorInfo>

/** Names one life of a process. */
export const generationOf = ({ pid, start }: SupervisorInfo): string => `${pid}-${start}`

/** What the journal has told of one process. `over`: nobody expects it to go on, so the next spawn begins anew. */
export type ProcessHistory = {
  spawnedAt: number | null
  /** Ends by itself since the last start that was asked for. */
  exits: Exit[]
  restarts: number
  over: boolean
  /** It could not have its port and is started with another: its next spawn is no restart, and nothing is over by that. */
  lostPort: boolean
}

/** What the journal does not tell of an end: the limit for which it was ended, or that it could not have its port. */
export type EndCause = { overLimit: OverLimit | null; lostPort: boolean }

/** A history with nothing in it. */
export const emptyHistory: ProcessHistory = {
  spawnedAt: null,
  exits: [],
  restarts: 0,
  over: true,
  lostPort: false,
}

/**
 * The history after an event. The end of a series (stopped, given up) clears its exits at the next spawn, not before:
 * they are the reason that is shown. Restarts are counted over the whole life of the process. `cause` is that of an
 * exit; one for which it could not have its port counts for nothing.
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

/** The reason to stop a process that supervisord would start again and again; null while it may go on. */
export function crashLoopReason(history: ProcessHistory, now: number): ProcessReason | null {
  const next = afterExit(history.exits, now)
  return history.exits.length > 0 && next.kind === 'give_up' ? next.reason : null
}

/** Why a process in this state is not well. */
function reasonIn(
  state: ProcessState,
  { fatal }: ProcessRecord,
  { exits }: ProcessHistory,
): ProcessReason | null {
  const last = exits.at(-1) ?? null
  if (state === 'FATAL') return fatal ?? crashLoopOf(exits)
  return last && (state === 'BACKOFF' || state === 'EXITED') ? endOf(last) : null
}

/** One report out of what supervisord says now (null: it does not know it), what we have decided, and what has happened. */
export function reportOf(
  record: ProcessRecord,
  info: SupervisorInfo | null,
  history: ProcessHistory,
  now: { stopping: boolean; moving: boolean; host: string },
): ProcessReport {
  const runs = info !== null && info.pid > 0
  const last = history.exits.at(-1) ?? null
  let state: ProcessState = info?.statename ?? 'STOPPED'
  if (record.fatal !== null && !runs) state = 'FATAL'
  else if (now.stopping && state !== 'STOPPED') state = 'STOPPING'
  else if (record.desired === 'stopped' && !runs) state = 'STOPPED'
  else if (now.moving && record.desired === 'running') state = 'STARTING'
  return {
    id: record.spec.id,
    state,
    generation: runs ? generationOf(info) : null,
    endpoint: record.port === null ? null : { host: now.host, port: record.port },
    lostPort: record.lostPort,
    pid: runs ? info.pid : null,
    startedAt: runs ? new Date(info.start * 1000) : null,
    exitCode: last && exitCodeOf(last),
    overLimit: last?.overLimit ?? null,
    restarts: history.restarts,
    reason: reasonIn(state, record, history),
  }
}
