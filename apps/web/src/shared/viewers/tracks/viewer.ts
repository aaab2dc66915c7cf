import type { Viewer } from '../viewer.ts'

/** `tracks`: boxes, trails and names over the video, exact to the frame. */
export const tracksViewer: Viewer = { kind: 'tracks', load: () => import('./TracksResult.vue') }
