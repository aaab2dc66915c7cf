import type { Json } from '@vitrine/contract'
import type { ChartData as Chart } from '@vitrine/contract/results/chart'

/** A tick of an axis: its place in pixels, and its text. */
export type Tick = { at: number; text: string }
/** One series in pixels of the drawing. `text` is the original x. */
export type PlacedSeries = {
  name: string
  place: number
  points: { x: number; y: number; text: string; value: number }[]
}
/** A chart ready to be drawn. */
export type ChartLayout = {
  plot: { left: number; right: number; top: number; bottom: number }
  xTicks: Tick[]
  yTicks: Tick[]
  series: PlacedSeries[]
  /** The place of y = 0, or of the nearest edge. Bars begin there. */
  zero: number
  barWidth: number
}

const margin = { left: 64, right: 16, top: 14, bottom: 36 }

/** Round values in a range, about as many as requested. The steps are 1, 2 or 5 times a power of ten. */
export const niceTicks = (min: number, max: number, count: number): number[] => {
  const span = max - min || Math.abs(max) || 1
  const rough = span / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough * 0.999) ?? power
  const first = Math.ceil(min / step - 1e-9)
  const last = Math.floor(max / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) =>
    Number(((first + place) * step).toPrecision(12)),
  )
}

/** A number on an axis in a short form: `1.2k`, `3M`. */
export const tickText = (value: number): string => {
  const size = Math.abs(value)
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return value.toExponential(1)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`
  return String(Number(value.toPrecision(6)))
}

/** The title of an axis, if the data has one. */
export const axisTitle = (axis: Record<string, Json> | undefined): string =>
  [axis?.title, axis?.name, axis?.label].find((text) => typeof text === 'string') ?? ''

const rangeOf = (values: readonly number[]): { min: number; max: number } => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return max < min ? { min: 0, max: 1 } : { min, max }
}

/**
 * Whether the x values are names and not numbers. One value that is not a number makes all of them names.
 * Bars are always placed by name.
 */
const isByName = ({ type, series }: Chart): boolean =>
  type === 'bar' || series.some(({ points }) => points.some(([x]) => typeof x === 'string'))

type Axis = { place: (x: number | string) => number; ticks: Tick[]; band: number }

const namesOf = ({ series }: Chart): string[] => [
  ...new Set(series.flatMap(({ points }) => points.map(([x]) => String(x)))),
]

const nameAxis = (names: readonly string[], left: number, right: number): Axis => {
  const places = new Map(names.map((name, place) => [name, place]))
  const band = (right - left) / Math.max(1, names.length)
  const place = (x: number | string) => left + ((places.get(String(x)) ?? 0) + 0.5) * band
  const longest = Math.min(12, Math.max(1, ...names.map((name) => Array.from(name).length)))
  const every = Math.max(1, Math.ceil((longest * 8 + 12) / band))
  return {
    place,
    band,
    ticks: names.filter((_, at) => at % every === 0).map((text) => ({ at: place(text), text })),
  }
}

const numberAxis = (chart: Chart, left: number, right: number): Axis => {
  const { min, max } = rangeOf(chart.series.flatMap(({ points }) => points.map(([x]) => Number(x))))
  const span = max - min || 1
  const place = (x: number | string) => left + ((Number(x) - min) / span) * (right - left)
  const ticks = niceTicks(min, max, (right - left) / 90).map((value) => ({
    at: place(value),
    text: tickText(value),
  }))
  return { place, ticks, band: 0 }
}

/**
 * Places the series and axes of a chart in a drawing of this size in pixels. `hidden` are the names of series
 * that are left out.
 */
export const layoutChart = (
  chart: Chart,
  size: { width: number; height: number },
  hidden: ReadonlySet<string>,
): ChartLayout => {
  const plot = {
    left: margin.left,
    right: Math.max(margin.left + 20, size.width - margin.right),
    top: margin.top,
    bottom: size.height - margin.bottom,
  }
  const shown = chart.series
    .map((series, place) => ({ ...series, place }))
    .filter(({ name }) => !hidden.has(name))
  const range = rangeOf(shown.flatMap(({ points }) => points.map(([, y]) => y)))
  // The length of a bar shows its value, so bar charts include zero.
  const fromZero = chart.type === 'bar'
  const low = fromZero ? Math.min(0, range.min) : range.min
  const high = fromZero ? Math.max(0, range.max) : range.max
  const room = (high - low || Math.abs(high) || 1) * (chart.type === 'bar' ? 0.04 : 0.06)
  const min = low === 0 ? 0 : low - room
  const max = high === 0 && low < 0 ? 0 : high + room
  const y = (value: number) => plot.bottom - ((value - min) / (max - min)) * (plot.bottom - plot.top)
  const names = isByName(chart) ? namesOf(chart) : null
  const x = names === null ? numberAxis(chart, plot.left, plot.right) : nameAxis(names, plot.left, plot.right)
  const barWidth = (x.band * 0.72) / Math.max(1, shown.length)
  const offset = (place: number) => (chart.type === 'bar' ? (place - (shown.length - 1) / 2) * barWidth : 0)
  return {
    plot,
    barWidth,
    xTicks: x.ticks,
    yTicks: niceTicks(min, max, 5).map((value) => ({ at: y(value), text: tickText(value) })),
    zero: y(Math.max(min, Math.min(max, 0))),
    series: shown.map(({ name, points, place }, order) => ({
      name,
      place,
      points: points.map(([at, value]) => ({
        x: x.place(at) + offset(order),
        y: y(value),
        text: String(at),
        value,
      })),
    })),
  }
}

/** The points nearest to a place on the x axis, one for each series. */
export const pointsNear = (layout: ChartLayout, x: number) =>
  layout.series.flatMap((series) => {
    const nearest = series.points.reduce<(typeof series.points)[number] | null>(
      (best, point) => (best === null || Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best),
      null,
    )
    return nearest === null ? [] : [{ name: series.name, place: series.place, ...nearest }]
  })
