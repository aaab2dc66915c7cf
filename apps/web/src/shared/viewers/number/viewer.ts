import type { Viewer } from '../viewer.ts'

/** `number`: a value with its unit, on its scale where it has one. */
export const numberViewer: Viewer = { kind: 'number', load: () => import('./NumberResult.vue') }
