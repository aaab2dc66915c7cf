import type { Json, Say, ShowcaseItem } from '@vitrine/contract'
import { sayWith } from '@vitrine/contract/result-words'
import type { LoadComponent } from '../../shared/kinds/kind.ts'
import { kindNamed } from '../../shared/kinds/registry.ts'
import { readOutput, saidOutput } from '../../shared/results/outputs.ts'
import { assetUrl, firstMedia } from '../../shared/viewers/media-source.ts'
import type { Layer } from '../../shared/viewers/picture/layer.ts'

/** What an algorithm's cover shows. */
export type Cover =
  | { type: 'kind'; load: LoadComponent; props: object; asLast: boolean }
  | { type: 'picture'; url: string; layer: Layer | null }
  | { type: 'text'; text: string }
  | { type: 'pattern' }

type Sample = NonNullable<ShowcaseItem['sample']>

/** A small drawing of a real result; else the algorithm's cover picture, a text of its sample, or a pattern. */
export const readCover = async (item: Pick<ShowcaseItem, 'sample' | 'cover_asset_id'>): Promise<Cover> => {
  const drawn = item.sample === null ? null : await drawnSample(item.sample)
  const isLess = drawn?.type === 'kind' && drawn.asLast && item.cover_asset_id !== null
  return drawn === null || isLess ? ownCover(item) : drawn
}

/** The cover of an algorithm without a drawn result. */
export const ownCover = (item: Pick<ShowcaseItem, 'sample' | 'cover_asset_id'>): Cover => {
  if (item.cover_asset_id !== null)
    return { type: 'picture', url: assetUrl(item.cover_asset_id), layer: null }
  const text = item.sample === null ? null : (textOf(item.sample.data) ?? textOf(item.sample.input))
  return text === null ? { type: 'pattern' } : { type: 'text', text }
}

const textOf = (value: Json): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null

const drawnSample = async (sample: Sample): Promise<Cover | null> => {
  const { input, kind, data, words } = sample
  const say = words && sayWith(words)
  const drawn = await kindNamed(kind)?.cover(data, input, { address: assetUrl, ...(say && { say }) })
  if (drawn) return { type: 'kind', ...drawn }
  const picture = firstMedia(input)?.url ?? null
  return picture === null ? null : drawnPicture(picture, sample, say)
}

/** All findings in a picture, in one layer. */
const drawnPicture = async (
  url: string,
  { kind, data, more }: Sample,
  say: Say | undefined,
): Promise<Cover | null> => {
  const read = await Promise.all([{ kind, data }, ...more].map(readOutput))
  const [first, ...others] = say ? read.map((output) => saidOutput(output, say)) : read
  if (first?.show !== 'layer') return null
  const added = others.flatMap((other) => (other.show === 'layer' ? other.layer.shapes : []))
  return { type: 'picture', url, layer: { ...first.layer, shapes: [...first.layer.shapes, ...added] } }
}
