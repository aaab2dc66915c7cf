import { expect, test } from 'vitest'
import { visitorState } from './visitor-state.ts'

const page = {
  path: '/ai/it/',
  own_url: null,
  front: null,
  auth: 'public' as const,
  framed: true,
}
const runs = { way: 'run', page: null, status: 'RUNNING', health: 'READY', asleep: false } as const

test('a visitor may use a stage that runs, and one that sleeps, because a visit starts it', () => {
  expect(visitorState(runs, true)).toBe('open')
  expect(visitorState({ ...runs, way: 'page', page }, true)).toBe('open')
  expect(visitorState({ ...runs, status: 'STOPPED', health: 'UNKNOWN', asleep: true }, true)).toBe('open')
})

test('a visitor is told that there is no stage, not that it is closed', () => {
  expect(visitorState({ ...runs, way: 'none' }, true)).toBe('none')
  expect(visitorState({ ...runs, way: 'none', status: 'STOPPED' }, true)).toBe('none')
})

test('a page that needs a sign-in is closed, whether its service runs or not', () => {
  expect(visitorState({ ...runs, way: 'page' }, true)).toBe('closed')
  expect(visitorState({ ...runs, way: 'page', status: 'STOPPED' }, true)).toBe('closed')
})

test.each([
  ['STARTING', 'UNKNOWN', 'starting'],
  ['STOPPED', 'UNKNOWN', 'stopped'],
  ['FATAL', 'UNKNOWN', 'broken'],
] as const)('a visitor of a service that is %s and %s is told that it is %s', (status, health, expected) => {
  expect(visitorState({ ...runs, status, health }, true)).toBe(expected)
  expect(visitorState({ ...runs, way: 'page', page, status, health }, true)).toBe(expected)
})

test('a visitor who may only look is not told that the service does not run', () => {
  expect(visitorState({ ...runs, status: 'STOPPED', health: 'UNKNOWN' }, false)).toBe('open')
})
