import type { Viewer } from '../viewer.ts'

/** `image`: a picture. */
export const imageViewer: Viewer = { kind: 'image', load: () => import('./ImageResult.vue') }
