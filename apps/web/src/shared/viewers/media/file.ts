import type { Viewer } from '../viewer.ts'

/** `file`: a link to save it. */
export const fileViewer: Viewer = { kind: 'file', load: () => import('./FileResult.vue') }
