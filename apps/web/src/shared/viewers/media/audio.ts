import type { Viewer } from '../viewer.ts'

/** `audio`: a player. */
export const audioViewer: Viewer = { kind: 'audio', load: () => import('./PlayedResult.vue') }
