import type { BrokenRule } from '@vitrine/contract'
import type { ResultData } from '@vitrine/contract/results'
import { safeMediaUrl } from '../../viewers/media-source.ts'
import type { Layer, Shape } from '../../viewers/picture/layer.ts'
import { decodeRunLengths, type Mask, type MaskProblem } from '../../viewers/picture/mask.ts'
import { mostProblems, type ReadResult } from '../../viewers/read-data.ts'
import { defineKind } from '../define-kind.ts'

type Part = ResultData<'segmentation'>[number]

const readMask = (mask: Part['mask']): { ok: true; mask: Mask } | { ok: false; problem: MaskProblem } => {
  if (typeof mask !== 'string') {
    const read = decodeRunLengths(mask)
    return read.ok ? { ok: true, mask: { type: 'bits', mask: read.mask } } : read
  }
  // A long base64 text that does not begin like an address is the PNG itself.
  const url = safeMediaUrl(/^[\w+/=\s]{40,}$/.test(mask) ? `data:image/png;base64,${mask}` : mask)
  return url === null
    ? { ok: false, problem: { rule: 'field.picture_address', values: {} } }
    : { ok: true, mask: { type: 'picture', url } }
}

/** Masks as a layer. A mask that cannot be read makes the whole output invalid. */
const segmentationLayer = (name: string, data: ResultData<'segmentation'>): ReadResult<Layer> => {
  const problems: BrokenRule[] = []
  const shapes = data.flatMap(({ label, score, mask }, index): Shape[] => {
    const read = readMask(mask)
    if (read.ok)
      return [
        {
          id: `${name}/segmentation/${index}`,
          label,
          score,
          box: null,
          points: [],
          edges: [],
          mask: read.mask,
        },
      ]
    problems.push({ path: `[${index}].mask`, ...read.problem })
    return []
  })
  return problems.length > 0
    ? { ok: false, problems: problems.slice(0, mostProblems) }
    : { ok: true, data: { name, kind: 'segmentation', shapes } }
}

/** `segmentation`: areas on the picture. */
const segmentation = defineKind('segmentation', {
  show: { layer: segmentationLayer },
  say: (data, say) => data.map((each) => ({ ...each, label: say(each.label) })),
  measure: (data) => ({ unit: 'count', value: data.length }),
  drawing: { motif: 'frames', words: ['segment'] },
  example: () => import('./example.ts'),
})

export default segmentation

declare module '../kind.ts' {
  interface WrittenKinds {
    segmentation: typeof segmentation
  }
}
