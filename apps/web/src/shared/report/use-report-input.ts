import type { Asset, AssetVariant, Json } from '@vitrine/contract'
import { useI18n } from 'vue-i18n'
import { api, isMissing } from '../../api/client.ts'
import { durationText, sizeText } from '../amounts.ts'
import { cutText } from '../cut-text.ts'
import { isJsonObject } from '../json-object.ts'
import { useMayReadAssets } from '../player/use-asset.ts'
import { mediaSource, useAssetAddress } from '../viewers/media-source.ts'
import { dataBlock } from './data-block.ts'
import { pictureOf } from './report-pictures.ts'
import type { ReportBlock } from './report.types.ts'
import { waveformPicture } from './waveform-picture.ts'

const longestText = 1200
const mostPixels = 900

/** Shows an element of an input in a report as what it is: a text, a picture, the first picture of a video, the waveform of a sound. */
export const useReportInput = () => {
  const { t, locale } = useI18n()
  const address = useAssetAddress()
  const mayRead = useMayReadAssets()

  const assetOf = async (id: string): Promise<Asset | null> => {
    if (!mayRead) return null
    try {
      return await api('GET /assets/{id}', { params: { id } })
    } catch (error) {
      // It may have been deleted since.
      if (isMissing(error)) return null
      throw error
    }
  }
  const factsOf = ({ name, width, height, duration_s: seconds, size }: Asset): string =>
    [
      name,
      width === null || height === null ? '' : `${width} × ${height}`,
      seconds === null ? '' : durationText(seconds * 1000, locale.value),
      sizeText(size),
    ]
      .filter(Boolean)
      .join(' · ')
  const storedBlocks = async (id: string): Promise<ReportBlock[]> => {
    const asset = await assetOf(id)
    const caption = asset === null ? '' : factsOf(asset)
    // If the file's variants are unknown, because nobody may ask for them here, both are tried.
    const mayHave = (variant: AssetVariant) => asset === null || asset.variants.includes(variant)
    const still = mayHave('poster') ? await pictureOf(address(id, 'poster'), mostPixels) : null
    const url = still ?? (mayHave('waveform') ? await waveformPicture(address(id, 'waveform')) : null)
    if (url !== null) return [{ type: 'picture', url, caption, size: 'small' }]
    return [{ type: 'paragraph', text: caption || t('report.file'), look: 'usual' }]
  }
  const mediaBlocks = async (url: string, name: string): Promise<ReportBlock[]> => {
    const picture = await pictureOf(url, mostPixels)
    if (picture === null) return [{ type: 'paragraph', text: name, look: 'usual' }]
    return [{ type: 'picture', url: picture, caption: '', size: 'small' }]
  }
  const valueBlocks = async (value: Json): Promise<ReportBlock[]> => {
    if (typeof value === 'string')
      return [{ type: 'paragraph', text: cutText(value, longestText), look: 'usual' }]
    if (isJsonObject(value) && typeof value.asset_id === 'string') return storedBlocks(value.asset_id)
    const media = mediaSource(value, address)
    if (media === null) return isJsonObject(value) ? fieldBlocks(value) : [dataBlock(value)]
    const isInline = media.url.startsWith('data:')
    return mediaBlocks(media.url, isInline ? (media.mime ?? t('report.file')) : media.url)
  }
  /** The fields of a form: media as what they are, everything else in a table. */
  const fieldBlocks = async (fields: Record<string, Json>): Promise<ReportBlock[]> => {
    const isFile = (value: Json) => mediaSource(value, address) !== null
    const entries = Object.entries(fields)
    const files = entries.filter(([, value]) => isFile(value))
    const rows = entries
      .filter(([, value]) => !isFile(value))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
      .map(([name = '', text = '']) => [name, cutText(text, longestText)])
    const blocks = await Promise.all(
      files.map(async ([name, value]): Promise<ReportBlock[]> => [
        { type: 'heading', text: name },
        ...(await valueBlocks(value)),
      ]),
    )
    return [...blocks.flat(), { type: 'rows', title: '', head: [], rows, more: null }]
  }
  return valueBlocks
}
