import { describe, expect, test } from 'vitest'
import { currentPod, mayRun, podFacts } from './pod-facts.ts'

const deletionTimestamp = '2026-11-29T10:00:10Z'
const killedAt = Date.parse(deletionTimestamp)
const pod = (uid: string, { status, ...metadata }: Record<string, unknown> = {}) =>
  podFacts({
    metadata: { name: uid, uid, creationTimestamp: '2026-11-29T10:00:00Z', ...metadata },
    status: { phase: 'Running', ...(typeof status === 'object' ? status : {}) },
  })
const container = (state: unknown) => ({ containerStatuses: [{ restartCount: 0, state }] })
const running = container({ running: { startedAt: '2026-11-29T10:00:01Z' } })
/** The state that an older cluster reports for a container that has ended because its pod was deleted. */
const creating = container({ waiting: { reason: 'ContainerCreating' } })

describe('whether something of a pod may still run', () => {
  test.each([
    ['runs', { status: running }, true],
    ['runs on after it was told to end', { status: running, deletionTimestamp }, true],
    ['has ended after that, and is said to be created', { status: creating, deletionTimestamp }, false],
    [
      'was told to end before it began',
      { status: { ...creating, phase: 'Pending' }, deletionTimestamp },
      true,
    ],
    ['has failed', { status: { phase: 'Failed' } }, false],
  ])('one that %s', (_what, object, may) => {
    expect(mayRun(pod('a', object), killedAt - 5_000)).toBe(may)
  })

  test('one that was told to end before it began does not begin after it was killed', () => {
    const ended = pod('a', { status: { ...creating, phase: 'Pending' }, deletionTimestamp })
    expect([mayRun(ended, killedAt + 4_000), mayRun(ended, killedAt + 6_000)]).toEqual([true, false])
  })
})

test('the newest pod that was not told to end counts', () => {
  const older = pod('older', { status: running })
  const newer = pod('newer', { status: running, creationTimestamp: '2026-11-29T10:00:05Z' })
  const ending = pod('ending', { creationTimestamp: '2026-11-29T10:00:09Z', deletionTimestamp })
  expect(currentPod({ pods: [newer, ending, older] })?.uid).toBe('newer')
  expect(currentPod({ pods: [ending] })).toBeNull()
})
