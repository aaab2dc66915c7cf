import type { Viewer } from '../viewer.ts'

/** `markdown`: its source, readable as text. */
export const markdownViewer: Viewer = { kind: 'markdown', load: () => import('./TextResult.vue') }
