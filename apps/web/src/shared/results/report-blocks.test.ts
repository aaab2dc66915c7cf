import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { assetUrl } from '../viewers/media-source.ts'
import type { DrawnGroup, ReportBlock } from '../report/report.types.ts'
import { isListed, resultBlocks } from './report-blocks.ts'

const picture: ReportBlock = {
  type: 'picture',
  url: 'data:image/png;base64,AA==',
  caption: '',
  size: 'large',
}
const drawn: DrawnGroup = { title: 'Title', pictures: [picture], text: [] }
const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }
const say = (text: string) => (text === '体育' ? 'sports' : text)
const blocksOf = (outputs: { kind: string; data: Json }[], groups: DrawnGroup[], input: Json = null) =>
  resultBlocks(outputs, groups, {
    context: { address: assetUrl, say },
    source: { input, t: (key) => key, labelText: (label) => label, mostRows: 20 },
  })
const typesOf = (blocks: readonly ReportBlock[]) => blocks.map(({ type }) => type)

test('boxes are the picture on which the page draws them, and the report lists them', async () => {
  const blocks = await blocksOf([{ kind: 'detection', data: [{ label: 'a', score: 1, box }] }], [drawn])
  expect(blocks).toContainEqual(picture)
  expect([isListed('detection'), isListed('classification'), isListed('chart')]).toEqual([true, false, false])
})

test('labels are bars in the reader’s language, with no picture of them', async () => {
  const data = [{ label: '体育', score: 0.9 }]
  const blocks = await blocksOf([{ kind: 'classification', data }], [{ ...drawn, pictures: [] }])
  expect(blocks).toContainEqual({ type: 'paragraph', text: 'sports  90.0%', look: 'large' })
  expect(blocks).toContainEqual({ type: 'bars', rows: [{ label: 'sports', value: '90.0%', share: 0.9 }] })
})

test('several outputs have the titles that they have on the page', async () => {
  const blocks = await blocksOf(
    [
      { kind: 'text', data: 'hello' },
      { kind: 'number', data: { value: 3, unit: 'm' } },
    ],
    [
      { ...drawn, title: 'First', pictures: [] },
      { ...drawn, title: 'Second', pictures: [] },
    ],
  )
  expect(blocks).toEqual([
    { type: 'heading', text: 'First' },
    { type: 'paragraph', text: 'hello', look: 'usual' },
    { type: 'heading', text: 'Second' },
    { type: 'paragraph', text: '3 m', look: 'large' },
  ])
})

test('marked words stand in their text', async () => {
  const data = [{ text: '赢', start: 1, end: 2, label: '体育' }]
  const blocks = await blocksOf([{ kind: 'tokens', data }], [{ ...drawn, pictures: [] }], '我赢了')
  expect(blocks.at(-1)).toMatchObject({
    parts: [
      { text: '我', as: null },
      { text: '赢', as: { label: 'sports' } },
      { text: '了', as: null },
    ],
  })
})

test('speech is text, and more than one line of it has its times', async () => {
  const chunks = [
    { text: 'hello', start: 0, end: 1 },
    { text: 'again', start: 5, end: 6 },
  ]
  const blocks = await blocksOf([{ kind: 'transcript', data: { text: 'hello again', chunks } }], [])
  expect(blocks).toContainEqual({ type: 'paragraph', text: 'hello again', look: 'large' })
  expect(blocks.at(-1)).toMatchObject({
    rows: [
      ['0:00.0', '0:01.0', 'hello'],
      ['0:05.0', '0:06.0', 'again'],
    ],
  })
})

test('what was followed is the frame that the page shows, and a table of when it is there', async () => {
  const tracks = [
    {
      id: 4,
      label: '体育',
      frames: [
        [0, 0, 0, 1, 1],
        [25, 0, 0, 1, 1],
      ],
    },
  ]
  const data = { fps: 25, frame_count: 30, width: 9, height: 9, tracks }
  const blocks = await blocksOf([{ kind: 'tracks', data }], [drawn])
  expect(typesOf(blocks)).toEqual(['heading', 'picture', 'paragraph', 'rows'])
  expect(blocks.at(-1)).toMatchObject({ rows: [['4', 'sports', '0:00.0', '0:01.0', '2']] })
})

test('a kind of file without a drawing is what the page says, and data of no form is JSON', async () => {
  const said: ReportBlock = { type: 'paragraph', text: 'report.pdf', look: 'usual' }
  const file = { kind: 'file', data: { url: '/a.pdf', mime: 'application/pdf' } }
  expect(await blocksOf([file], [{ ...drawn, pictures: [], text: [said] }])).toContainEqual(said)
  expect(await blocksOf([{ kind: 'detection', data: 'x' }], [])).toContainEqual({
    type: 'paragraph',
    text: '"x"',
    look: 'code',
  })
})
