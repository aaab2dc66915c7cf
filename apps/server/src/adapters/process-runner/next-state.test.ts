import { expect, test } from 'vitest'
import type { ProcessState } from '@vitrine/contract'
import { nextState, type ProcessEvent } from './next-state.ts'

test.each<[ProcessState, ProcessEvent, ProcessState]>([
  ['STOPPED', 'start', 'STARTING'],
  ['FATAL', 'start', 'STARTING'],
  ['BACKOFF', 'start', 'STARTING'],
  ['RUNNING', 'start', 'RUNNING'],
  ['STOPPING', 'start', 'STOPPING'],
  ['STARTING', 'stayed_up', 'RUNNING'],
  ['BACKOFF', 'stayed_up', 'BACKOFF'],
  ['STOPPING', 'stayed_up', 'STOPPING'],
  ['STARTING', 'exited', 'BACKOFF'],
  ['RUNNING', 'exited', 'BACKOFF'],
  ['STOPPING', 'exited', 'STOPPING'],
  ['FATAL', 'exited', 'FATAL'],
  ['STARTING', 'lost_port', 'STARTING'],
  ['RUNNING', 'lost_port', 'STARTING'],
  ['BACKOFF', 'lost_port', 'STARTING'],
  ['STOPPING', 'lost_port', 'STOPPING'],
  ['RUNNING', 'gave_up', 'FATAL'],
  ['BACKOFF', 'gave_up', 'FATAL'],
  ['STOPPED', 'gave_up', 'STOPPED'],
  ['RUNNING', 'stop', 'STOPPING'],
  ['BACKOFF', 'stop', 'STOPPING'],
  ['FATAL', 'stop', 'STOPPING'],
  ['STOPPED', 'stop', 'STOPPED'],
  ['STOPPING', 'stopped', 'STOPPED'],
  ['RUNNING', 'stopped', 'RUNNING'],
])('%s and %s make %s', (state, event, next) => {
  expect(nextState(state, event)).toBe(next)
})
