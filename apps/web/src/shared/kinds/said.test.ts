import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { readOutput, saidOutput } from '../results/outputs.ts'
import { assetUrl } from '../viewers/media-source.ts'
import { kindNamed } from './registry.ts'

const words = new Map([
  ['人', 'person'],
  ['秒', 'seconds'],
  ['条轨迹', 'tracks'],
])
const say = (text: string) => words.get(text) ?? text
const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }
const said = async (kind: string, data: Json) => {
  const output = saidOutput(await readOutput({ kind, data }, 0), say)
  return output.show === 'layer' ? output.layer.shapes : output.show === 'component' ? output.shown : null
}

test.each<[string, Json, unknown]>([
  ['detection', [{ label: '人', score: 1, box }], [{ label: 'person' }]],
  [
    'keypoints',
    [{ label: '人', points: [{ name: '人', x: 0, y: 0 }] }],
    [{ label: 'person', points: [{ name: 'person' }] }],
  ],
  [
    'classification',
    [
      { label: '人', score: 1 },
      { label: '猫', score: 0 },
    ],
    [{ label: 'person' }, { label: '猫' }],
  ],
  ['tokens', [{ text: '人', start: 0, end: 1, label: '人' }], [{ text: '人', label: 'person' }]],
  ['number', { value: 2, unit: '条轨迹' }, { value: 2, unit: 'tracks' }],
  ['text', '人', 'person'],
  [
    'chart',
    { type: 'bar', x: { title: '秒' }, series: [{ name: '人', points: [['人', 1]] }] },
    { x: { title: 'seconds' }, series: [{ name: 'person', points: [['person', 1]] }] },
  ],
  [
    'table',
    { columns: [{ name: '人' }], rows: [['人', 1]] },
    { columns: [{ name: 'person' }], rows: [['person', 1]] },
  ],
  ['transcript', { text: '人', chunks: [] }, { text: '人' }],
])('texts of the kind %s are shown in the reader’s language', async (kind, data, expected) => {
  const shown = await said(kind, data)
  if (typeof expected === 'string') expect(shown).toBe(expected)
  else expect(shown).toMatchObject(Object(expected))
})

test('tables, summaries and differences have the same words, and the data stays as it was returned', async () => {
  const data = [{ label: '人', score: 1, box }]
  const context = { address: assetUrl, say }
  expect(await kindNamed('detection')?.rows(data, context)).toMatchObject([{ label: 'person' }])
  expect(await kindNamed('classification')?.measure([{ label: '人', score: 1 }], context)).toMatchObject({
    value: 'person',
  })
  expect(data[0]?.label).toBe('人')
})
