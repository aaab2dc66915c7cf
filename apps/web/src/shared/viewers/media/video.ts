import type { Viewer } from '../viewer.ts'

/** `video`: a player. */
export const videoViewer: Viewer = { kind: 'video', load: () => import('./PlayedResult.vue') }
