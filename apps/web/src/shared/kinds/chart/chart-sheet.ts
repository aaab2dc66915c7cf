import type { ResultData } from '@vitrine/contract/results'
import { axisTitle } from '../../chart/chart-layout.ts'
import type { Sheet } from '../kind.ts'

const isEachOnce = (places: readonly (string | number)[]): boolean => new Set(places).size === places.length

/**
 * The points of a chart as a sheet: a column for each series beside their common places. A series that has two points at one
 * place has no such column, so then each point is a row with the name of its series. Null without points. Pure.
 */
export const chartSheet = ({ x, y, series }: ResultData<'chart'>): Sheet | null => {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([place]) => place)))]
  if (places.length === 0) return null
  if (!series.every(({ points }) => isEachOnce(points.map(([place]) => place))))
    return {
      head: ['', axisTitle(x) || 'x', axisTitle(y) || 'y'],
      rows: series.flatMap(({ name, points }) => points.map(([place, value]) => [name, place, value])),
    }
  const columns = series.map(({ points }) => new Map(points))
  return {
    head: [axisTitle(x) || 'x', ...series.map(({ name }) => name)],
    rows: places.map((place) => [place, ...columns.map((values) => values.get(place) ?? null)]),
  }
}
