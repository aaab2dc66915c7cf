import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { assetUrl } from '../viewers/media-source.ts'
import { resultCells, resultRows } from './result-rows.ts'

const source = { titles: {}, context: { address: assetUrl } }
const texts = { kind: (name: string) => name, cell: (name: string) => name, failed: 'failed' }
const rowsOf = async (kind: string, data: Json) => {
  const outputs = [{ kind, name: 'out', data }]
  const rows = await resultRows([{ index: 0, status: 'succeeded', outputs }], source, texts)
  return rows.map((row) =>
    Object.fromEntries(
      resultCells.flatMap((name, place) => (row[place] === null ? [] : [[name, row[place]]])).slice(3),
    ),
  )
}

test.each<[string, Json, object[]]>([
  ['classification', [{ label: 'sport', score: 0.5 }], [{ label: 'sport', score: 0.5 }]],
  [
    'detection',
    [{ label: 'cat', score: 0.9, box: { xmin: 1, ymin: 2, xmax: 3, ymax: 4 } }],
    [{ label: 'cat', score: 0.9, xmin: 1, ymin: 2, xmax: 3, ymax: 4 }],
  ],
  ['tokens', [{ text: 'a', start: 0, end: 1, label: 'x' }], [{ label: 'x', start: 0, end: 1, value: 'a' }]],
  [
    'transcript',
    { text: 'go', chunks: [{ text: 'go', start: 0, end: 0.5 }] },
    [{ start: 0, end: 0.5, value: 'go' }],
  ],
  [
    'tracks',
    {
      fps: 25,
      frame_count: 1,
      width: 9,
      height: 9,
      tracks: [{ id: 4, label: 'p', frames: [[7, 1, 2, 3, 4, 0.5]] }],
    },
    [{ label: 'p', score: 0.5, xmin: 1, ymin: 2, xmax: 4, ymax: 6, frame: 7, track: 4 }],
  ],
  [
    'keypoints',
    [{ label: 'face', points: [{ name: 'nose', x: 1, y: 2, score: 0.5 }] }],
    [{ label: 'face', score: 0.5, xmin: 1, ymin: 2, xmax: 1, ymax: 2, value: 'nose' }],
  ],
  ['number', { value: 3, unit: 'm' }, [{ label: 'm', value: 3 }]],
  ['text', 'hello', [{ value: 'hello' }]],
  ['detection', 'not boxes', [{ value: 'not boxes' }]],
  ['table', { columns: [], rows: [] }, [{ value: '{"columns":[],"rows":[]}' }]],
])('%s becomes lines of a table', async (kind, data, expected) => {
  expect(await rowsOf(kind, data)).toEqual(expected)
})

test('an element that failed is one line with its message, and the others have theirs', async () => {
  const error = { code: 'broken', message: 'too dark' }
  const rows = await resultRows(
    [
      { index: 0, status: 'failed', outputs: [], error },
      { index: 1, status: 'succeeded', outputs: [{ kind: 'text', data: 'hello' }] },
    ],
    source,
    texts,
  )
  const filled = rows.map((row) => row.filter((cell) => cell !== null))
  expect(filled).toEqual([
    [1, 'failed', 'too dark'],
    [2, 'text', 'hello'],
  ])
})
