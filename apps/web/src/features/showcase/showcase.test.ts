import type { GalleryItem } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { coverFrame } from './cover-frame.ts'
import { readCover } from './cover.ts'
import { filterGallery, galleryTasks } from './gallery-filter.ts'

const item = (change: Partial<GalleryItem>): GalleryItem => ({
  service_id: 'text-classify',
  name: '文本分类',
  description: '判断主题',
  task: 'text-classification',
  status: 'RUNNING',
  health: 'READY',
  cover_asset_id: null,
  sample: null,
  ...change,
})
const items = [
  item({}),
  item({
    service_id: 'image-recog',
    name: 'People in pictures',
    description: 'faces',
    task: 'object-detection',
  }),
]
const taskName = (task: string) => (task === 'object-detection' ? '目标检测' : task)
const found = (search: string, task = '') =>
  filterGallery(items, { search, task, taskName }).map(({ service_id: id }) => id)

describe('the gallery', () => {
  test('is searched by every word in name, description, id and task, in either language', () => {
    expect(found('')).toEqual(['text-classify', 'image-recog'])
    expect(found('主题')).toEqual(['text-classify'])
    expect(found('  PICTURES  people ')).toEqual(['image-recog'])
    expect(found('目标')).toEqual(['image-recog'])
    expect(found('people 主题')).toEqual([])
  })

  test('is filtered by task, together with the search', () => {
    expect(found('', 'object-detection')).toEqual(['image-recog'])
    expect(found('主题', 'object-detection')).toEqual([])
  })

  test('offers each task once, the most frequent first', () => {
    expect(galleryTasks([...items, item({ task: 'object-detection' })])).toEqual([
      'object-detection',
      'text-classification',
    ])
  })
})

describe('a cover', () => {
  const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }
  const picture = { asset_id: 'a' }
  const labels = [{ label: 'a', score: 1 }]

  test('draws what was found on the picture it was found in', async () => {
    const data = [{ label: 'cat', score: 1, box }]
    const cover = await readCover(item({ sample: { input: picture, kind: 'detection', data } }))
    expect(cover).toMatchObject({
      type: 'picture',
      url: expect.stringContaining('/assets/a/'),
      layer: { shapes: [{ label: 'cat' }] },
    })
  })

  test('shows the labels of a text or a picture', async () => {
    const sample = { input: 'some text', kind: 'classification', data: labels }
    expect(await readCover(item({ sample }))).toMatchObject({
      type: 'labels',
      labels,
      text: 'some text',
      picture: null,
    })
    expect(await readCover(item({ sample: { ...sample, input: picture } }))).toMatchObject({
      text: null,
      picture: expect.any(String),
    })
  })

  test('falls back to the cover picture, then to a text, then to a pattern', async () => {
    const broken = { input: 'text', kind: 'classification', data: 'none' }
    expect(await readCover(item({ sample: broken, cover_asset_id: 'c' }))).toMatchObject({
      type: 'picture',
      layer: null,
    })
    expect(await readCover(item({ sample: { input: 1, kind: 'text', data: '答' } }))).toEqual({
      type: 'text',
      text: '答',
    })
    expect(await readCover(item({}))).toEqual({ type: 'pattern' })
  })
})

describe('the frame of a cover', () => {
  const shape = (xmin: number, ymin: number, xmax: number, ymax: number) => ({
    name: 'l',
    kind: 'detection',
    shapes: [{ id: '1', label: 'a', score: 1, box: { xmin, ymin, xmax, ymax }, points: [], edges: [] }],
  })

  test('is the middle of the picture where nothing was found', () => {
    expect(coverFrame({ width: 160, height: 300 }, null)).toEqual({ x: 0, y: 100, width: 160, height: 100 })
  })
  test('starts a little above what was found, and stays within the picture', () => {
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 50, 10, 90)).y).toBe(42)
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 0, 10, 90)).y).toBe(0)
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 290, 10, 300)).y).toBe(200)
  })
  test('of a wide picture has what was found in its middle', () => {
    expect(coverFrame({ width: 800, height: 100 }, shape(390, 0, 410, 10))).toEqual({
      x: 320,
      y: 0,
      width: 160,
      height: 100,
    })
  })
})
