import { expect, test } from 'vitest'
import type { ProcessState } from '@vitrine/contract'
import { plan, type Action } from './reconcile.ts'

const reports = (states: Record<string, ProcessState>) =>
  new Map(Object.entries(states).map(([id, state]) => [id, { state }]))
const words = (actions: Action[]) => actions.map(({ type, id }) => `${type} ${id}`)

test.each<[string, { running: boolean }, ProcessState | null, string[]]>([
  [
    'a desired process that the runner does not know is added and started',
    { running: true },
    null,
    ['add a', 'start a'],
  ],
  ['a desired one that is down is started', { running: true }, 'STOPPED', ['start a']],
  ['a desired one that ended is started', { running: true }, 'EXITED', ['start a']],
  ['a running one is left alone', { running: true }, 'RUNNING', []],
  ['one that the runner is starting again is left to it', { running: true }, 'BACKOFF', []],
  ['one that was given up waits for a person', { running: true }, 'FATAL', []],
  ['one that should be stopped is stopped', { running: false }, 'RUNNING', ['stop a']],
  ['a stopped one that should be stopped needs nothing', { running: false }, 'STOPPED', []],
  ['a stopped one is made known, for a later start', { running: false }, null, ['add a']],
])('%s', (_name, { running }, state, expected) => {
  expect(words(plan([{ id: 'a', running }], reports(state ? { a: state } : {}), new Set()))).toEqual(expected)
})

test('a process that nobody desires is removed, unless a task is at work on it', () => {
  const found = reports({ old: 'RUNNING', fresh: 'STARTING' })
  expect(words(plan([], found, new Set(['fresh'])))).toEqual(['remove old'])
})
