import { expect, test } from 'vitest'
import type { ScalingRule } from '@vitrine/contract'
import { decideScaling, type LoadSample, type Scaling } from './scaling-decision.ts'

const rule = (part: Partial<ScalingRule> = {}): ScalingRule => ({
  min: 1,
  max: 5,
  concurrency: 4,
  cool_down_seconds: 60,
  ...part,
})
const everyMs = 2_000
/** Samples of these numbers of requests, one every two seconds, up to now. */
const seen = (...requests: number[]): LoadSample[] =>
  requests.map((count, place) => ({ at: (place + 1) * everyMs, requests: count }))
const during = (seconds: number, requests: number): number[] =>
  Array.from({ length: (seconds * 1000) / everyMs + 1 }, () => requests)

const decide = (replicas: number, requests: number[], part: Partial<ScalingRule> = {}, unchangedSince = 0) =>
  decideScaling(rule(part), replicas, { samples: seen(...requests), unchangedSince })

test.each<[string, Scaling | null, Scaling | null]>([
  ['12 requests, 4 an instance: 3', decide(1, [12, 12, 12]), { to: 3, why: 'more', requests: 12 }],
  ['no more than the rule allows', decide(1, [90, 90, 90]), { to: 5, why: 'more', requests: 90 }],
  ['as many as fit exactly', decide(2, [8, 8, 8]), null],
  ['the average counts, not a peak', decide(1, [0, 0, 0, 0, 12]), null],
  ['a peak long ago', decide(1, [90, 0, 0, 0, 0, 0]), null],
  ['nothing is known after a start', decide(3, []), null],
  ['two samples are too few', decide(1, [90, 90]), null],
  ['fewer than the rule allows', decide(1, [], { min: 2 }), { to: 2, why: 'bounds', requests: 0 }],
  ['more than the rule allows', decide(7, during(4, 40)), { to: 5, why: 'bounds', requests: 40 }],
  ['fewer after the cool-down', decide(3, during(60, 3)), { to: 1, why: 'fewer', requests: 3 }],
  ['not a moment before', decide(3, during(58, 3)), null],
  ['not if the number changed meanwhile', decide(3, during(60, 3), {}, everyMs + 1), null],
  [
    'the peak of the cool-down counts',
    decide(3, [...during(30, 6), ...during(30, 1)]),
    { to: 2, why: 'fewer', requests: 6 },
  ],
  [
    'what was before the cool-down does not',
    decide(3, [...during(30, 9), ...during(80, 1)]),
    { to: 1, why: 'fewer', requests: 1 },
  ],
  ['fewer must have some room', decide(2, during(60, 4)), null],
  ['without requests, the fewest stay', decide(2, during(60, 0)), { to: 1, why: 'fewer', requests: 0 }],
  ['none is left at the fewest', decide(1, during(60, 0)), null],
])('%s', (_name, found, expected) => {
  expect(found).toEqual(expected)
})

/** Numbers between 0 and 1 that are the same in each run of the tests. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

type Change = { at: number; count: number }

/** Follows a load for twenty minutes, and changes the number of instances as decided. Each change takes some seconds. */
function follow(given: ScalingRule, start: number, loadNow: () => number): Change[] {
  const samples: LoadSample[] = []
  const changes: Change[] = [{ at: 0, count: start }]
  let replicas = start
  let unchangedSince = 0
  for (let at = everyMs; at <= 1_200_000; at += everyMs) {
    samples.push({ at, requests: loadNow() })
    if (at - unchangedSince < 4_000) continue
    const decided = decideScaling(given, replicas, { samples: samples.slice(-120), unchangedSince })
    if (decided === null) continue
    replicas = decided.to
    unchangedSince = at
    changes.push({ at, count: replicas })
  }
  return changes
}

const seeds = Array.from({ length: 8 }, (_none, index) => index + 1)

test.each(seeds)(
  'whatever the load, the number stays within the rule and falls only after a cool-down (seed %i)',
  (seed) => {
    const random = randomNumbers(seed)
    const min = 1 + Math.floor(random() * 3)
    const given = rule({
      min,
      max: min + Math.floor(random() * 6),
      concurrency: 1 + Math.floor(random() * 8),
      cool_down_seconds: 10 + Math.floor(random() * 170),
    })
    let level = 0
    const changes = follow(given, given.min, () => {
      if (random() < 0.04) level = Math.floor(random() * 60)
      return Math.max(0, Math.round(level + (random() - 0.5) * 10))
    })
    for (const [index, { at, count }] of changes.entries()) {
      expect(count).toBeGreaterThanOrEqual(given.min)
      expect(count).toBeLessThanOrEqual(given.max)
      const before = changes[index - 1]
      if (before && count < before.count)
        expect(at - before.at).toBeGreaterThanOrEqual(given.cool_down_seconds * 1000)
    }
  },
)

test.each(seeds)('under a constant load with noise, the number settles and stays (seed %i)', (seed) => {
  const random = randomNumbers(seed)
  const given = rule({ max: 32, concurrency: 1 + Math.floor(random() * 8), cool_down_seconds: 30 })
  const load = random() * 60
  const start = 1 + Math.floor(random() * 20)
  const numbers = follow(given, start, () => load * (0.9 + random() * 0.2)).map(({ count }) => count)
  const [first = start, ...later] = numbers
  // One way only: up to what the load needs, or down to it.
  const isUp = (later.at(-1) ?? first) >= first
  const ordered = numbers.toSorted((one, other) => (isUp ? one - other : other - one))
  expect(numbers).toEqual(ordered)
  const last = numbers.at(-1) ?? first
  expect(last * given.concurrency).toBeGreaterThanOrEqual(Math.min(load, 32 * given.concurrency) * 0.95)
})
