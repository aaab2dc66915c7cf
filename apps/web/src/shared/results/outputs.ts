import type { BrokenRule, Json, Output, Say } from '@vitrine/contract'
import { defineAsyncComponent, type Component } from 'vue'
import type { LoadComponent } from '../kinds/kind.ts'
import { kindNamed } from '../kinds/registry.ts'
import type { Layer } from '../viewers/picture/layer.ts'

type Named = { name: string; kind: string }
/**
 * An output that is ready to be shown: as a layer, by its kind's component, or as a JSON tree with the reason. `data` is
 * as the algorithm returned it, `shown` what the component gets.
 */
export type ReadOutput = Named &
  (
    | { show: 'layer'; layer: Layer; said: (say: Say) => Layer }
    | { show: 'component'; load: LoadComponent; data: Json; shown: unknown; said: (say: Say) => unknown }
    | { show: 'json'; data: Json; reason: 'unknown' | 'ill_formed'; problems: BrokenRule[] }
  )

/** Checks one output and decides how it is shown. */
export const readOutput = async (output: Output, index: number): Promise<ReadOutput> => {
  const { kind, data } = output
  const named = { name: output.name ?? `${kind}-${index + 1}`, kind }
  const known = kindNamed(kind)
  if (known === undefined) return { ...named, show: 'json', data, reason: 'unknown', problems: [] }
  const read = await known.show(named.name, data)
  if (!read.ok) return { ...named, show: 'json', data, reason: 'ill_formed', problems: read.problems }
  const { said } = read.data
  return read.data.by === 'layer'
    ? { ...named, show: 'layer', layer: read.data.layer, said: read.data.said }
    : { ...named, show: 'component', load: read.data.load, data, shown: data, said }
}

/** An output with its texts in the reader's language. One that is shown as JSON stays as it is. */
export const saidOutput = (output: ReadOutput, say: Say): ReadOutput => {
  if (output.show === 'layer') return { ...output, layer: output.said(say) }
  return output.show === 'component' ? { ...output, shown: output.said(say) } : output
}

/** The component that shows the layers of a picture. */
export const loadPicture = () => import('../viewers/picture/PictureResult.vue')

// Kept when loaded, because even a second import of the same module takes longer than a frame may.
const components = new WeakMap<LoadComponent, Component>()
const reads = new WeakMap<Output, ReadOutput>()

/** The component of `load`: itself if it is loaded, else one that loads it. */
export const componentOf = (load: LoadComponent): Component =>
  components.get(load) ?? defineAsyncComponent(load)

/** These outputs as `readOutput` returns them, if `loadViewers` has had all of them. Otherwise null. */
export const readAlready = (outputs: readonly Output[]): ReadOutput[] | null => {
  const known = outputs.flatMap((output) => reads.get(output) ?? [])
  return known.length === outputs.length ? known : null
}

/**
 * Reads the outputs of one element and loads the code that shows them. They are then drawn at once, at their
 * full height, so that nothing below them moves.
 */
export const loadViewers = async (outputs: readonly Output[]): Promise<void> => {
  const load = async (output: Output, index: number) => {
    const read = await readOutput(output, index)
    const viewer = read.show === 'layer' ? loadPicture : read.show === 'component' ? read.load : null
    if (viewer !== null) components.set(viewer, (await viewer()).default)
    reads.set(output, read)
  }
  // A part that cannot be loaded is reported at its place on the page.
  await Promise.allSettled(outputs.map(load))
}

/**
 * What is shown as one piece: all layers of an element together on its picture, and every other output on its
 * own.
 */
export type OutputGroup =
  | { type: 'picture'; key: string; layers: Layer[] }
  | { type: 'single'; key: string; output: Exclude<ReadOutput, { show: 'layer' }> }

/** Groups outputs in their order. The layers take the place of the first one. */
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
