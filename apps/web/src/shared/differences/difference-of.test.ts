import type { Json, Output } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { assetUrl } from '../viewers/media-source.ts'
import { differenceOf as shownDifference } from './difference-of.ts'

const differenceOf = async (base: Output, other: Output): Promise<unknown> =>
  (await shownDifference(base, other, { address: assetUrl }, { address: assetUrl }))?.difference ?? null

const box = { xmin: 0, ymin: 0, xmax: 10, ymax: 10 }
const track = { fps: 1, frame_count: 1, width: 1, height: 1, tracks: [] }

test.each<[string, Json, Json, object]>([
  [
    'detection',
    [{ label: 'a', score: 1, box }],
    [{ label: 'a', score: 1, box }],
    { match: { pairs: [{ state: 'same' }] } },
  ],
  ['classification', [{ label: 'a', score: 1 }], [], [{ label: 'a', rank: null }]],
  ['number', { value: 2 }, { value: 3, unit: 'm' }, { unit: 'm', delta: 1 }],
  ['transcript', { text: 'a b', chunks: [] }, { text: 'a c', chunks: [] }, { share: 0.5 }],
  ['text', 'a b', 'a b', { share: 1 }],
  ['tokens', [], [], { same: [] }],
  ['tracks', track, track, { frames: 0 }],
  ['json', { a: 1, b: [2] }, { b: [2], a: 1 }, { equal: true }],
  ['hologram', { a: 1 }, { a: 2 }, { equal: false }],
])('outputs of kind %s are compared in its own way', async (kind, base, other, expected) => {
  expect(await differenceOf({ kind, data: base }, { kind, data: other })).toMatchObject(expected)
})

test('data that is not in the form of its kind, or whose bytes are in another place, is not compared', async () => {
  expect(await differenceOf({ kind: 'number', data: 'x' }, { kind: 'number', data: { value: 1 } })).toBeNull()
  const image: Output = { kind: 'image', data: { url: '/a', mime: 'image/png' } }
  expect(await differenceOf(image, image)).toBeNull()
})

test('each side is translated with the words of its own algorithm', async () => {
  const output = { kind: 'classification', data: [{ label: '银行', score: 1 }] }
  const said = (word: string) => ({ address: assetUrl, say: () => word })
  const shown = await shownDifference(output, output, said('bank'), said('river bank'))
  expect(shown?.difference).toMatchObject([
    { label: 'bank', baseScore: null },
    { label: 'river bank', score: null },
  ])
})
