import type { HistoryEvent } from './history.ts'

/** A record of an instance that is ready, with what a test changes of it. */
export const historyEvent = (part: Partial<HistoryEvent> = {}): HistoryEvent => ({
  at: new Date('2026-03-01T12:00:00Z'),
  serviceId: 'demo',
  instanceId: 'demo-r1-1',
  release: 1,
  status: 'RUNNING',
  health: 'READY',
  reason: null,
  ...part,
})
