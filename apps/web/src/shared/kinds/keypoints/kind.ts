import type { ResultData } from '@vitrine/contract/results'
import type { Layer } from '../../viewers/picture/layer.ts'
import { defineKind } from '../define-kind.ts'

/** Points and the edges between them as a layer. A shape without a label gets the name of its output. */
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
const keypoints = defineKind('keypoints', {
  show: { layer: (name, data) => ({ ok: true, data: keypointsLayer(name, data) }) },
  say: (data, say) =>
    data.map(({ label, points, ...rest }) => ({
      ...rest,
      ...(label !== undefined && { label: say(label) }),
      points: points.map((point) => ({
        ...point,
        ...(point.name !== undefined && { name: say(point.name) }),
      })),
    })),
  rows: (data) =>
    data.flatMap(({ label, points }) =>
      points.map(({ name, x, y, score }) => ({
        label: label ?? null,
        score: score ?? null,
        xmin: x,
        ymin: y,
        xmax: x,
        ymax: y,
        value: name ?? null,
      })),
    ),
  measure: (data) => ({ unit: 'count', value: data.length }),
  drawing: { motif: 'frames', words: ['pose', 'keypoint'] },
  example: () => import('./example.ts'),
})

export default keypoints

declare module '../kind.ts' {
  interface WrittenKinds {
    keypoints: typeof keypoints
  }
}
