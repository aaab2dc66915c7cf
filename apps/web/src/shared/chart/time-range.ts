/** A part of the time axis, in milliseconds since 1970. */
export type TimeRange = { from: number; to: number }

/** A chart shows at least this many steps, so that a part of it always has values to show. */
const leastSteps = 2

const wholeOf = (times: readonly number[]): TimeRange => ({ from: times[0] ?? 0, to: times.at(-1) ?? 0 })
const stepOf = (times: readonly number[]): number => (times[1] ?? 0) - (times[0] ?? 0)

/** A range of this length around a time, within the steps. Null if that is all of them. */
const rangeAround = (times: readonly number[], middle: number, length: number): TimeRange | null => {
  const whole = wholeOf(times)
  const wanted = Math.max(length, leastSteps * stepOf(times))
  // A range that lacks less than a step shows all of them.
  if (wanted > whole.to - whole.from - stepOf(times)) return null
  const from = Math.min(Math.max(whole.from, middle - wanted / 2), whole.to - wanted)
  return { from, to: from + wanted }
}

/** Half (0.5) or twice (2) the time that is shown, around a time or else its middle. Null shows all steps. */
export const zoomed = (
  range: TimeRange | null,
  times: readonly number[],
  factor: number,
  around?: number,
): TimeRange | null => {
  const shown = range ?? wholeOf(times)
  return rangeAround(times, around ?? (shown.from + shown.to) / 2, (shown.to - shown.from) * factor)
}

/** What was drawn from one time to another, made long enough to have steps in it. */
export const drawnRange = ({ from, to }: TimeRange, times: readonly number[]): TimeRange | null =>
  rangeAround(times, (from + to) / 2, to - from)

/** The range, moved as little as needed to show a time. */
export const rangeWith = (range: TimeRange | null, at: number): TimeRange | null => {
  if (range === null) return null
  const by = Math.min(0, at - range.from) + Math.max(0, at - range.to)
  return by === 0 ? range : { from: range.from + by, to: range.to + by }
}

/** The place of the last step in a range, or of the last of all. */
export const lastShown = (range: TimeRange | null, times: readonly number[]): number => {
  const place = range === null ? -1 : times.findLastIndex((at) => at <= range.to)
  return place === -1 ? times.length - 1 : place
}

/** Whether the steps, which move on with the time, have left a range behind, so that it would show fewer than two of them. */
export const isLeftBehind = (range: TimeRange, times: readonly number[]): boolean =>
  times.length > 1 && times.filter((at) => at >= range.from && at <= range.to).length < leastSteps
