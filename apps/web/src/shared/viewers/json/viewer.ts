import type { Viewer } from '../viewer.ts'

/** `json`: a tree that opens and closes. */
export const jsonViewer: Viewer = { kind: 'json', load: () => import('./JsonResult.vue') }
