import type { Viewer } from '../viewer.ts'

/** `classification`: labels ranked by score. */
export const classificationViewer: Viewer = {
  kind: 'classification',
  load: () => import('./ClassificationResult.vue'),
}
