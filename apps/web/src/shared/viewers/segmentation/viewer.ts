import type { ResultData } from '@vitrine/contract/results'
import { safeMediaUrl } from '../media-source.ts'
import type { Layer, Shape } from '../picture/layer.ts'
import { decodeRunLengths, type Mask } from '../picture/mask.ts'
import { readData, resultSchemas, type Read } from '../read-data.ts'
import type { Viewer } from '../viewer.ts'

type Part = ResultData<'segmentation'>[number]

const readMask = (mask: Part['mask']): { ok: true; mask: Mask } | { ok: false; problem: string } => {
  if (typeof mask !== 'string') {
    const read = decodeRunLengths(mask)
    return read.ok ? { ok: true, mask: { type: 'bits', mask: read.mask } } : read
  }
  // A long text without an address' first word is the bytes of a PNG themselves.
  const url = safeMediaUrl(/^[\w+/=\s]{40,}$/.test(mask) ? `data:image/png;base64,${mask}` : mask)
  return url === null
    ? { ok: false, problem: 'is no safe address of a picture' }
    : { ok: true, mask: { type: 'picture', url } }
}

/** Masks as a layer; a mask that cannot be read makes the whole output ill-formed. */
const segmentationLayer = (name: string, data: ResultData<'segmentation'>): Read<Layer> => {
  const problems: string[] = []
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
    problems.push(`[${index}].mask: ${read.problem}`)
    return []
  })
  return problems.length > 0
    ? { ok: false, problems: problems.slice(0, 5) }
    : { ok: true, data: { name, kind: 'segmentation', shapes } }
}

/** `segmentation`: areas on the picture. */
export const segmentationViewer: Viewer = {
  kind: 'segmentation',
  layer: async (name, data) => {
    const read = readData((await resultSchemas()).segmentation, data)
    return read.ok ? segmentationLayer(name, read.data) : read
  },
}
