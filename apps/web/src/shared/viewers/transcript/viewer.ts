import type { Viewer } from '../viewer.ts'

/** `transcript`: the words in step with the sound. */
export const transcriptViewer: Viewer = { kind: 'transcript', load: () => import('./TranscriptResult.vue') }
