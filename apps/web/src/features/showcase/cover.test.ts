import type { ShowcaseItem } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { assetUrl } from '../../shared/viewers/media-source.ts'
import { readCover } from './cover.ts'

type Sample = NonNullable<ShowcaseItem['sample']>
const coverId = '00000000-0000-4000-8000-000000000001'
const sampleOf = (kind: string, data: Sample['data'], input: Sample['input'] = null): Sample => ({
  input,
  kind,
  data,
  more: [],
})

test('a real result is drawn, even if the algorithm brings a picture', async () => {
  const cover = await readCover({ sample: sampleOf('text', 'a result', 'an input'), cover_asset_id: coverId })
  expect(cover).toMatchObject({ type: 'kind', props: { text: 'a result', from: 'an input' } })
})

test('where a result has nothing to see, the picture that the algorithm brings is shown', async () => {
  const sample = sampleOf('file', { url: '/api/v1/runs/r/files/a.csv', mime: 'text/csv' })
  expect(await readCover({ sample, cover_asset_id: coverId })).toEqual({
    type: 'picture',
    url: assetUrl(coverId),
    layer: null,
  })
  expect(await readCover({ sample, cover_asset_id: null })).toMatchObject({
    type: 'kind',
    props: { title: 'CSV', text: 'text/csv' },
  })
})

test('an unsafe address of a result is no cover', async () => {
  const sample = sampleOf('image', { url: 'javascript:alert(1)', mime: 'image/png' })
  expect(await readCover({ sample, cover_asset_id: null })).toEqual({ type: 'pattern' })
})

test('an algorithm without a result has a drawing', async () => {
  expect(await readCover({ sample: null, cover_asset_id: null })).toEqual({ type: 'pattern' })
})
