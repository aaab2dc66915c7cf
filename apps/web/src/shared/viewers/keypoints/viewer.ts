import type { ResultData } from '@vitrine/contract/results'
import type { Layer } from '../picture/layer.ts'
import { readData, resultSchemas } from '../read-data.ts'
import type { Viewer } from '../viewer.ts'

/** Points and the edges between them as a layer. What has no label is named after its output. */
const keypointsLayer = (name: string, data: ResultData<'keypoints'>): Layer => ({
  name,
  kind: 'keypoints',
  shapes: data.map(({ label, score, points, edges }, index) => ({
    id: `${name}/keypoints/${index}`,
    label: label ?? name,
    score: score ?? null,
    box: null,
    points: points.map((point) => ({
      name: point.name ?? '',
      x: point.x,
      y: point.y,
      score: point.score ?? null,
    })),
    edges: (edges ?? []).filter((edge) => edge.every((place) => place >= 0 && place < points.length)),
  })),
})

/** `keypoints`: skeletons, hands, faces on the picture. */
export const keypointsViewer: Viewer = {
  kind: 'keypoints',
  layer: async (name, data) => {
    const read = readData((await resultSchemas()).keypoints, data)
    return read.ok ? { ok: true, data: keypointsLayer(name, read.data) } : read
  },
}
