import type { ResultData } from '@vitrine/contract/results'
import type { Layer } from '../picture/layer.ts'
import { readData, resultSchemas } from '../read-data.ts'
import type { Viewer } from '../viewer.ts'

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
export const detectionViewer: Viewer = {
  kind: 'detection',
  layer: async (name, data) => {
    const read = readData((await resultSchemas()).detection, data)
    return read.ok ? { ok: true, data: detectionLayer(name, read.data) } : read
  },
}
