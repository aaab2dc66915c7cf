import type { ChartLayout, PlacedSeries } from './chart-layout.ts'

/**
 * A layout whose lines end where a name of the x axis has no point, and begin again after it. Colours do not
 * change. Pure.
 */
export const cutAtGaps = (layout: ChartLayout, names: readonly string[]): ChartLayout => {
  const places = new Map(names.map((name, place) => [name, place]))
  return { ...layout, series: layout.series.flatMap((series) => runsOf(series, places)) }
}

const runsOf = (series: PlacedSeries, places: ReadonlyMap<string, number>): PlacedSeries[] => {
  const runs: PlacedSeries[] = []
  let last = Number.NaN
  for (const point of series.points) {
    const place = places.get(point.text) ?? Number.NaN
    if (place === last + 1) runs.at(-1)?.points.push(point)
    else runs.push({ ...series, points: [point] })
    last = place
  }
  return runs
}
