import type { Viewer } from '../viewer.ts'

/** `chart`: lines, bars or dots. */
export const chartViewer: Viewer = { kind: 'chart', load: () => import('./ChartResult.vue') }
