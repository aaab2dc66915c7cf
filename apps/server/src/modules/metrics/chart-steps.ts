import type { Steps } from './usage-history.ts'

/** The steps of a chart, and the step length of the stored sums that they are made from, in seconds. */
export type ChartSteps = Steps & { sumS: number }

/** For spans up to `minutes`: the step of a service's charts and the step of the sums, in seconds. */
const spans = [
  { minutes: 150, sumS: 60, stepS: 60 },
  { minutes: 360, sumS: 60, stepS: 180 },
  { minutes: 1_440, sumS: 600, stepS: 600 },
  { minutes: Infinity, sumS: 3_600, stepS: 3_600 },
]

/** Steps of this length, up to and including the one that contains `now`. */
function upTo(now: Date, input: { sumS: number; stepS: number; count: number }): ChartSteps {
  const stepMs = input.stepS * 1000
  // The steps of small charts may not be whole minutes. They end with the last sum.
  const sumMs = input.sumS * 1000
  const end = (Math.floor(now.getTime() / sumMs) + 1) * sumMs
  return { ...input, since: new Date(end - input.count * stepMs) }
}

/** The steps of one service's charts over the last minutes, 24 to 168 of them. Pure. */
export function chartSteps(minutes: number, now: Date): ChartSteps {
  const { sumS, stepS } = spans.find((span) => minutes <= span.minutes) ?? { sumS: 3_600, stepS: 3_600 }
  return upTo(now, { sumS, stepS, count: Math.ceil((minutes * 60) / stepS) })
}

/**
 * For spans up to `minutes`: the step of the sums for small charts, in seconds. At most 240 sums for each
 * service.
 */
const smallSpans = [
  { minutes: 240, sumS: 60 },
  { minutes: 720, sumS: 600 },
  { minutes: 2_880, sumS: 3_600 },
  { minutes: Infinity, sumS: 21_600 },
]

/** About this many equal steps over the last minutes, or fewer if the stored sums are not fine enough. Pure. */
export function smallChartSteps(minutes: number, points: number, now: Date): ChartSteps {
  const { sumS } = smallSpans.find((span) => minutes <= span.minutes) ?? { sumS: 21_600 }
  const stepS = Math.max(1, Math.ceil((minutes * 60) / points / sumS)) * sumS
  return upTo(now, { sumS, stepS, count: Math.ceil((minutes * 60) / stepS) })
}
