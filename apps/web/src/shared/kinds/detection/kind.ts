import type { ResultData } from '@vitrine/contract/results'
import type { Layer } from '../../viewers/picture/layer.ts'
import { defineKind } from '../define-kind.ts'

/** Boxes as a layer. */
const detectionLayer = (name: string, data: ResultData<'detection'>): Layer => ({
  name,
  kind: 'detection',
  shapes: data.map(({ label, score, box }, index) => ({
    id: `${name}/detection/${index}`,
    label,
    score,
    box,
    points: [],
    edges: [],
  })),
})

/** `detection`: boxes on the picture. */
const detection = defineKind('detection', {
  show: { layer: (name, data) => ({ ok: true, data: detectionLayer(name, data) }) },
  say: (data, say) => data.map((each) => ({ ...each, label: say(each.label) })),
  rows: (data) => data.map(({ label, score, box }) => ({ label, score, ...box })),
  measure: (data) => ({ unit: 'count', value: data.length }),
  difference: {
    compare: async (base, other) => {
      const { matchBoxes } = await import('../../differences/boxes.ts')
      return { match: matchBoxes(base, other), base, other }
    },
    component: () => import('./DetectionDifference.vue'),
  },
  drawing: { motif: 'frames', words: ['detection'] },
  example: () => import('./example.ts'),
})

export default detection

declare module '../kind.ts' {
  interface WrittenKinds {
    detection: typeof detection
  }
}
