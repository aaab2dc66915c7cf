import type { Json, Say } from '@vitrine/contract'
import { defineKind } from '../define-kind.ts'
import { chartSheet } from './chart-sheet.ts'

/** An axis with its texts in the reader's language. */
const axisIn = (axis: Record<string, Json>, say: Say): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(axis).map(([key, value]) => [key, typeof value === 'string' ? say(value) : value]),
  )

/** `chart`: lines, bars or dots. */
const chart = defineKind('chart', {
  show: { component: () => import('./ChartResult.vue') },
  cover: {
    props: (data) => (data.series.some(({ points }) => points.length > 0) ? { data } : null),
    component: () => import('./ChartCover.vue'),
  },
  say: ({ x, y, series, ...rest }, say) => ({
    ...rest,
    ...(x && { x: axisIn(x, say) }),
    ...(y && { y: axisIn(y, say) }),
    series: series.map(({ name, points }) => ({
      name: say(name),
      points: points.map(([at, value]): [number | string, number] => [
        typeof at === 'string' ? say(at) : at,
        value,
      ]),
    })),
  }),
  sheet: chartSheet,
  example: () => import('./example.ts'),
})

export default chart

declare module '../kind.ts' {
  interface WrittenKinds {
    chart: typeof chart
  }
}
