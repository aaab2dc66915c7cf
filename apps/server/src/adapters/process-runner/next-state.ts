import type { ProcessState } from '@vitrine/contract'

/**
 * An event of a process. `start` and `stop` are requests. `stayed_up`: it has lived for its start seconds.
 * `exited`: its main process has ended. `lost_port`: another process has its port, so it gets another one.
 * `stopped`: no process of its tree is left. `gave_up`: it exited too often.
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

/**
 * Returns the state after an event. An event without a meaning in a state does not change it. The states have
 * Supervisor's names.
 */
export function nextState(state: ProcessState, event: ProcessEvent): ProcessState {
  return table[event][state] ?? state
}
