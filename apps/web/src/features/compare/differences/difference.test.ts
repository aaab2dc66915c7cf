import type { Json, Output } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { differenceOf, pairOutputs } from './difference.ts'

const box = { xmin: 0, ymin: 0, xmax: 10, ymax: 10 }
const track = { fps: 1, frame_count: 1, width: 1, height: 1, tracks: [] }

test.each<[string, Json, Json, object]>([
  ['detection', [{ label: 'a', score: 1, box }], [{ label: 'a', score: 1, box }], { type: 'boxes' }],
  [
    'classification',
    [{ label: 'a', score: 1 }],
    [],
    { type: 'labels', labels: [{ label: 'a', rank: null }] },
  ],
  ['number', { value: 2 }, { value: 3, unit: 'm' }, { type: 'number', unit: 'm', change: { delta: 1 } }],
  ['transcript', { text: 'a b', chunks: [] }, { text: 'a c', chunks: [] }, { words: { share: 0.5 } }],
  ['text', 'a b', 'a b', { type: 'words', words: { share: 1 } }],
  ['tokens', [], [], { type: 'spans', spans: { same: [] } }],
  ['tracks', track, track, { type: 'tracks', tracks: { frames: 0 } }],
  ['json', { a: 1, b: [2] }, { b: [2], a: 1 }, { type: 'data', equal: true }],
  ['json', { a: 1 }, { a: 2 }, { type: 'data', equal: false }],
])('outputs of kind %s are compared in its own way', async (kind, base, other, expected) => {
  expect(await differenceOf({ kind, data: base }, { kind, data: other })).toMatchObject(expected)
})

test('what is not in the form of its kind, or only bytes elsewhere, is not compared', async () => {
  expect(await differenceOf({ kind: 'number', data: 'x' }, { kind: 'number', data: { value: 1 } })).toBeNull()
  const image: Output = { kind: 'image', data: { url: '/a', mime: 'image/png' } }
  expect(await differenceOf(image, image)).toBeNull()
})

test('outputs belong together by kind and name, else by their order', () => {
  const output = (kind: string, name?: string): Output => ({ kind, data: 0, ...(name && { name }) })
  const pairs = pairOutputs(
    [output('number', 'a'), output('number', 'b'), output('text')],
    [output('number', 'b'), output('number', 'c'), output('table')],
  )
  expect(pairs.map(({ base, other }) => [base.name, other.name])).toEqual([
    ['b', 'b'],
    ['a', 'c'],
  ])
})
