import type { Viewer } from '../viewer.ts'

/** `table`: columns and rows. */
export const tableViewer: Viewer = { kind: 'table', load: () => import('./TableResult.vue') }
