import type { GalleryItem, Json } from '@vitrine/contract'
import type { ResultData } from '@vitrine/contract/results'
import { assetUrl, firstMedia } from '../../shared/viewers/media-source.ts'
import { readOutput } from '../../shared/viewers/outputs.ts'
import type { Layer } from '../../shared/viewers/picture/layer.ts'
import { readData, resultSchemas } from '../../shared/viewers/read-data.ts'

/** What an algorithm's cover shows. */
export type Cover =
  | { type: 'picture'; url: string; layer: Layer | null }
  | { type: 'labels'; labels: ResultData<'classification'>; text: string | null; picture: string | null }
  | { type: 'text'; text: string }
  | { type: 'pattern' }

type Sample = NonNullable<GalleryItem['sample']>

/** A real result of the algorithm, drawn small; else its own cover picture, a text of its sample, or a quiet pattern. */
export const readCover = async (item: Pick<GalleryItem, 'sample' | 'cover_asset_id'>): Promise<Cover> => {
  const drawn = item.sample === null ? null : await drawnSample(item.sample)
  if (drawn !== null) return drawn
  if (item.cover_asset_id !== null)
    return { type: 'picture', url: assetUrl(item.cover_asset_id), layer: null }
  const text = item.sample === null ? null : (textOf(item.sample.data) ?? textOf(item.sample.input))
  return text === null ? { type: 'pattern' } : { type: 'text', text }
}

const textOf = (value: Json): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null

const drawnSample = async ({ input, kind, data }: Sample): Promise<Cover | null> => {
  const picture = firstMedia(input)?.url ?? null
  if (kind === 'classification') {
    const read = readData((await resultSchemas()).classification, data)
    return read.ok ? { type: 'labels', labels: read.data, text: textOf(input), picture } : null
  }
  if (picture === null) return null
  const read = await readOutput({ kind, data }, 0)
  return read.show === 'layer' ? { type: 'picture', url: picture, layer: read.layer } : null
}
