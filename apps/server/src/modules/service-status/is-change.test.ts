import { expect, test } from 'vitest'
import { isChange, type HistoryEvent } from './history.ts'

const last: HistoryEvent = {
  at: new Date(0),
  serviceId: 'demo',
  instanceId: 'demo-r1-1',
  release: 1,
  status: 'RUNNING',
  health: 'READY',
  reason: null,
}

test.each<[string, Partial<HistoryEvent>, boolean]>([
  ['the same again', {}, false],
  ['another state', { status: 'BACKOFF' }, true],
  ['another health', { health: 'UNHEALTHY' }, true],
  ['another release', { release: 2 }, true],
  ['another reason', { reason: { zh: '原因', en: 'reason' } }, true],
  ['to be busy', { health: 'BUSY' }, false],
])('%s is news: %s', (_name, part, expected) => {
  expect(isChange(last, { ...last, ...part })).toBe(expected)
})
