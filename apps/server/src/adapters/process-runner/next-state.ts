import type { ProcessState } from '@vitrine/contract'

/**
 * What happens to a process: `start` and `stop` are asked for; `stayed_up` means it has lived for its start seconds,
 * `exited` that its main process has ended, `lost_port` that somebody else has its port and it is to have another, `stopped` that none of its tree is left, `gave_up` that it ended too often.
 */
export type ProcessEvent = 'start' | 'stayed_up' | 'exited' | 'lost_port' | 'gave_up' | 'stop' | 'stopped'

const table: Record<ProcessEvent, Partial<Record<ProcessState, ProcessState>>> = {
  start: {
    STOPPED: 'STARTING',
    EXITED: 'STARTING',
    BACKOFF: 'STARTING',
    FATAL: 'STARTING',
    UNKNOWN: 'STARTING',
  },
  stayed_up: { STARTING: 'RUNNING' },
  exited: { STARTING: 'BACKOFF', RUNNING: 'BACKOFF' },
  lost_port: { RUNNING: 'STARTING', BACKOFF: 'STARTING', EXITED: 'STARTING' },
  gave_up: { STARTING: 'FATAL', RUNNING: 'FATAL', BACKOFF: 'FATAL', EXITED: 'FATAL', UNKNOWN: 'FATAL' },
  stop: {
    STARTING: 'STOPPING',
    RUNNING: 'STOPPING',
    BACKOFF: 'STOPPING',
    EXITED: 'STOPPING',
    FATAL: 'STOPPING',
    UNKNOWN: 'STOPPING',
  },
  stopped: { STOPPING: 'STOPPED' },
}

/** The state after an event; an event that means nothing in a state leaves it as it is. States are Supervisor's words. */
export function nextState(state: ProcessState, event: ProcessEvent): ProcessState {
  return table[event][state] ?? state
}
