import type { Viewer } from '../viewer.ts'

/** `text`: shown as it is, never as HTML. */
export const textViewer: Viewer = { kind: 'text', load: () => import('./TextResult.vue') }
