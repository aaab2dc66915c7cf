import type { Viewer } from '../viewer.ts'

/** `tokens`: marked in the text. */
export const tokensViewer: Viewer = { kind: 'tokens', load: () => import('./TokensResult.vue') }
