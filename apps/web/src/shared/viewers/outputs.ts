import type { Json, Output } from '@vitrine/contract'
import type { Layer } from './picture/layer.ts'
import { readData, resultSchemas, type Read } from './read-data.ts'
import { viewerOf } from './registry.ts'
import type { Viewer } from './viewer.ts'

/** An output that is ready to be shown: as a layer, by its viewer's component, or as a JSON tree with the reason why. */
export type ReadOutput =
  | { show: 'layer'; name: string; kind: string; layer: Layer }
  | {
      show: 'component'
      name: string
      kind: string
      load: Extract<Viewer, { load: unknown }>['load']
      data: Json
    }
  | {
      show: 'json'
      name: string
      kind: string
      data: Json
      reason: 'unknown' | 'ill_formed'
      problems: string[]
    }

/** Checks one output and finds its viewer. */
export const readOutput = async (output: Output, index: number): Promise<ReadOutput> => {
  const { kind, data } = output
  const name = output.name ?? `${kind}-${index + 1}`
  const viewer = viewerOf(kind)
  if (viewer === undefined) return { show: 'json', name, kind, data, reason: 'unknown', problems: [] }
  if ('layer' in viewer) {
    const read = await viewer.layer(name, data)
    return read.ok
      ? { show: 'layer', name, kind, layer: read.data }
      : { show: 'json', name, kind, data, reason: 'ill_formed', problems: read.problems }
  }
  const schemas: Record<string, Parameters<typeof readData<unknown>>[0]> = await resultSchemas()
  const schema = schemas[kind]
  const read: Read<unknown> = schema === undefined ? { ok: true, data } : readData(schema, data)
  return read.ok
    ? { show: 'component', name, kind, load: viewer.load, data }
    : { show: 'json', name, kind, data, reason: 'ill_formed', problems: read.problems }
}

/** What is shown in one piece: all layers of an element together on its picture, everything else by itself. */
export type OutputGroup =
  | { type: 'picture'; key: string; layers: Layer[] }
  | { type: 'single'; key: string; output: Exclude<ReadOutput, { show: 'layer' }> }

/** Groups outputs in their order; the layers stand where the first of them stood. */
export const groupOutputs = (outputs: readonly ReadOutput[]): OutputGroup[] => {
  const layers = outputs.flatMap((output) => (output.show === 'layer' ? [output.layer] : []))
  const groups: OutputGroup[] = []
  outputs.forEach((output, index) => {
    if (output.show !== 'layer')
      groups.push({ type: 'single', key: `${index}/${output.kind}/${output.name}`, output })
    else if (!groups.some((group) => group.type === 'picture'))
      groups.push({ type: 'picture', key: 'picture', layers })
  })
  return groups
}
