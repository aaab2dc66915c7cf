import { describe, expect, test } from 'vitest'
import { podFacts, type PodFacts } from './pod-facts.ts'
import { exitOf, generationOf, passedSince, type KnownLife } from './pod-lives.ts'

const began = '2026-11-29T10:00:00Z'
const ended = (exitCode: number) => ({
  exitCode,
  reason: 'Error',
  message: '',
  startedAt: began,
  finishedAt: '2026-11-29T10:00:05Z',
})
const pod = (changes: Partial<PodFacts>): PodFacts => ({
  ...podFacts({ metadata: { name: 'p', uid: 'u', creationTimestamp: began } }),
  ...changes,
})
const alive = { running: { startedAt: began } }
const paused = { waiting: { reason: 'CrashLoopBackOff', message: '' } }
const life = (restartCount: number, hasEnded = false): KnownLife => ({
  id: 'u',
  startedAt: began,
  restartCount,
  hasEnded,
})
const codes = (known: KnownLife | null, facts: Partial<PodFacts>) => {
  const { ends, ...others } = passedSince(known, pod(facts))
  return { ...others, ends: ends.map((end) => (end !== null && 'of' in end ? end.of.exitCode : null)) }
}

describe('what became of a pod', () => {
  test.each([
    ['has no life yet', null, {}, 0, [], null],
    ['lives its first life', null, alive, 1, [], life(0)],
    ['still lives the same', life(0), alive, 0, [], life(0)],
    ['has ended', life(0), { ended: ended(3) }, 0, [3], life(0, true)],
    ['has ended, as is known', life(0, true), { ended: ended(3) }, 0, [], life(0, true)],
    ['has ended before its life was seen', null, { ended: ended(3) }, 1, [3], life(0, true)],
    ['was started again', life(0), { ...alive, restartCount: 1, lastEnded: ended(3) }, 1, [3], life(1)],
    ['was started again after a known end', life(0, true), { ...alive, restartCount: 1 }, 1, [], life(1)],
    [
      'was started three times',
      life(0),
      { ...alive, restartCount: 3, lastEnded: ended(4) },
      3,
      [null, null, 4],
      life(3),
    ],
    ['pauses after its end', life(0), { ...paused, lastEnded: ended(3) }, 0, [3], life(0, true)],
    [
      'pauses after a life that nobody saw',
      life(0),
      { ...paused, restartCount: 1, lastEnded: ended(5) },
      1,
      [null, 5],
      life(1, true),
    ],
    ['is another one', { ...life(4), id: 'other' }, alive, 1, [], life(0)],
    ['is another one that has no life yet', { ...life(4), id: 'other' }, {}, 0, [], null],
  ] as const)('%s', (_what, known, facts, begun, ends, now) => {
    expect(codes(known, facts)).toEqual({ begun, ends, life: now })
  })

  test('each life has a name of its own', () => {
    expect(generationOf(life(0))).not.toBe(generationOf(life(1)))
    expect([generationOf(life(0, true)), generationOf(null)]).toEqual([null, null])
  })
})

describe('how a life ended', () => {
  const record = { limits: { memory_mb: 64 }, startedAt: 1_000 }
  const exit = (of: Partial<ReturnType<typeof ended>>) =>
    exitOf({ of: { ...ended(1), ...of } }, record, 5_000)

  test.each([
    ['by itself', { exitCode: 3 }, { exitCode: 3, signal: null, overLimit: null }],
    ['by a signal', { exitCode: 143 }, { exitCode: null, signal: 'SIGTERM' }],
    [
      'for its memory',
      { exitCode: 137, reason: 'OOMKilled' },
      { signal: 'SIGKILL', overLimit: { resource: 'memory', limit: 64 } },
    ],
    [
      'before it began',
      { exitCode: 128, reason: 'StartError', message: 'exec: "/x":  stat /x: no such file or directory' },
      {
        exitCode: 127,
        spawnFailed: {
          errno: 'ENOENT',
          said: 'exec: "/x": stat /x: no such file or directory',
          by: 'kubernetes',
        },
      },
    ],
  ] as const)('%s', (_how, of, seen) => {
    expect(exit(of)).toMatchObject({ at: 5_000, ranMs: 4_000, ...seen })
  })

  test('a removed pod is reported with the cluster’s message', () => {
    expect(exitOf({ removed: 'Evicted' }, record, 5_000)).toMatchObject({
      removed: 'Evicted',
      exitCode: null,
    })
    expect(exitOf(null, record, 5_000)).toMatchObject({ exitCode: null, signal: null })
  })
})
