import { defineKind } from '../define-kind.ts'

/** `chart`: lines, bars or dots. */
const chart = defineKind('chart', {
  show: { component: () => import('./ChartResult.vue') },
  example: () => import('./example.ts'),
})

export default chart

declare module '../kind.ts' {
  interface WrittenKinds {
    chart: typeof chart
  }
}
