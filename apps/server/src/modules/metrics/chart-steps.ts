import type { Steps } from './usage-history.ts'

/** Steps of a chart, and the length of the kept sums that they are made of, seconds. */
export type ChartSteps = Steps & { sumS: number }

/** Up to so many minutes, one service's charts have steps of so many seconds, made of the sums over so many. */
const spans = [
  { minutes: 150, sumS: 60, stepS: 60 },
  { minutes: 360, sumS: 60, stepS: 180 },
  { minutes: 1_440, sumS: 600, stepS: 600 },
  { minutes: Infinity, sumS: 3_600, stepS: 3_600 },
]

/** Steps of this length up to and with the one that `now` is in. */
function upTo(now: Date, input: { sumS: number; stepS: number; count: number }): ChartSteps {
  const stepMs = input.stepS * 1000
  // Small charts may have steps that are no round number of minutes: they end with the last sum.
  const sumMs = input.sumS * 1000
  const end = (Math.floor(now.getTime() / sumMs) + 1) * sumMs
  return { ...input, since: new Date(end - input.count * stepMs) }
}

/** The steps of one service's charts over the last minutes: 24 to 168 of them. Pure. */
export function chartSteps(minutes: number, now: Date): ChartSteps {
  const { sumS, stepS } = spans.find((span) => minutes <= span.minutes) ?? { sumS: 3_600, stepS: 3_600 }
  return upTo(now, { sumS, stepS, count: Math.ceil((minutes * 60) / stepS) })
}

/** Up to so many minutes, small charts are made of the sums over so many seconds: 240 of them a service at most. */
const smallSpans = [
  { minutes: 240, sumS: 60 },
  { minutes: 720, sumS: 600 },
  { minutes: 2_880, sumS: 3_600 },
  { minutes: Infinity, sumS: 21_600 },
]

/** About so many equal steps over the last minutes: fewer where the kept sums are no finer. Pure. */
export function smallChartSteps(minutes: number, points: number, now: Date): ChartSteps {
  const { sumS } = smallSpans.find((span) => minutes <= span.minutes) ?? { sumS: 21_600 }
  const stepS = Math.max(1, Math.ceil((minutes * 60) / points / sumS)) * sumS
  return upTo(now, { sumS, stepS, count: Math.ceil((minutes * 60) / stepS) })
}
