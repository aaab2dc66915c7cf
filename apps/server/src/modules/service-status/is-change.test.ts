import { expect, test } from 'vitest'
import { historyEvent } from './history-event.test-setup.ts'
import { isChange, type HistoryEvent } from './history.ts'

test.each<[string, Partial<HistoryEvent>, boolean]>([
  ['the same again', {}, false],
  ['another state', { status: 'BACKOFF' }, true],
  ['another health', { health: 'UNHEALTHY' }, true],
  ['another release', { release: 2 }, true],
  ['another reason', { reason: { zh: '原因', en: 'reason' } }, true],
  ['to be busy', { health: 'BUSY' }, false],
])('%s is news: %s', (_name, part, expected) => {
  expect(isChange(historyEvent(), historyEvent(part))).toBe(expected)
})
