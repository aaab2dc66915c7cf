import type { ShowcaseItem } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { closeFrame, coverFrame } from '../../shared/covers/cover-frame.ts'
import { readCover } from './cover.ts'
import { coverArt } from './cover-art.ts'
import { filterShowcase, showcaseSections, showcaseTags, showcaseTasks } from './showcase-filter.ts'

const item = (change: Partial<ShowcaseItem>): ShowcaseItem => ({
  service_id: 'text-classify',
  name: '文本分类',
  description: '判断主题',
  line: '',
  tags: [],
  hidden: false,
  task: 'text-classification',
  status: 'RUNNING',
  health: 'READY',
  way: 'run',
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
    tags: ['camera'],
  }),
]
const taskName = (task: string) => (task === 'object-detection' ? '目标检测' : task)
const found = (search: string, task = '', tag = '', foundElsewhere = new Set<string>()) =>
  filterShowcase(items, { search, task, tag, taskName, foundElsewhere }).map(({ service_id: id }) => id)

describe('the showcase', () => {
  test('can be searched by every word in name, description, id and task, in either language', () => {
    expect(found('')).toEqual(['text-classify', 'image-recog'])
    expect(found('主题')).toEqual(['text-classify'])
    expect(found('  PICTURES  people ')).toEqual(['image-recog'])
    expect(found('目标')).toEqual(['image-recog'])
    expect(found('people 主题')).toEqual([])
  })

  test('can be filtered by task and search together', () => {
    expect(found('', 'object-detection')).toEqual(['image-recog'])
    expect(found('主题', 'object-detection')).toEqual([])
  })

  test('can be filtered by tag, and shows what only the server found in the other language', () => {
    expect(found('', '', 'camera')).toEqual(['image-recog'])
    expect(found('camera')).toEqual(['image-recog'])
    expect(found('gesicht', '', '', new Set(['image-recog']))).toEqual(['image-recog'])
    expect(showcaseTags(items)).toEqual(['camera'])
  })

  test('has sections when it is large; algorithms that are alone in their task come last, together', () => {
    const of = (task: string, count: number) =>
      Array.from({ length: count }, (_, place) => item({ task, service_id: `${task}-${place}` }))
    const summary = (all: ShowcaseItem[]) =>
      showcaseSections(all).map((each) => [each.task, each.items.length])
    expect(summary(of('a', 4))).toEqual([['', 4]])
    expect(summary([...of('a', 6), ...of('x', 1), ...of('b', 7), ...of('y', 1)])).toEqual([
      ['a', 6],
      ['b', 7],
      ['', 2],
    ])
    expect(summary([...of('other', 6), ...of('a', 3)])).toEqual([
      ['a', 3],
      ['', 6],
    ])
  })

  test('lists each task once, the most frequent first, and what has none last', () => {
    const untold = [item({ task: 'other' }), item({ task: 'other', service_id: 'b' })]
    expect(showcaseTasks([...untold, item({ task: 'translation' })])).toEqual(['translation', 'other'])
    expect(showcaseTasks([...items, item({ task: 'object-detection' })])).toEqual([
      'object-detection',
      'text-classification',
    ])
  })
})

test('what is drawn without a result depends on name and task, and is always the same', () => {
  const drawn = (name: string, task = 'other') => JSON.stringify(coverArt({ name, task }))
  expect(drawn('Echo')).toBe(drawn('Echo'))
  const names = Array.from({ length: 200 }, (_, number) => drawn(`algorithm ${number}`))
  expect(new Set(names).size).toBe(200)
  expect(coverArt({ name: '，回声', task: '' }).letter).toBe('回')
})

test.each([
  ['speech-recognition', 'waves'],
  ['audio-classification', 'waves'],
  ['image-to-text', 'frames'],
  ['object-detection', 'frames'],
  ['text-detection', 'frames'],
  ['semantic-segmentation', 'frames'],
  ['keypoint-detection', 'frames'],
  ['pose-estimation', 'frames'],
  ['depth-estimation', 'frames'],
  ['multi-object-tracking', 'frames'],
  ['token-classification', 'lines'],
  ['translation', 'lines'],
  ['number-prediction', 'bars'],
  ['time-series-forecasting', 'bars'],
  ['reinforcement-learning', 'rings'],
])('an algorithm of the task %s without a result is drawn with %s', (task, motif) => {
  expect(coverArt({ name: 'x', task }).motif).toBe(motif)
})

describe('a cover', () => {
  const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }
  const picture = { asset_id: 'a' }
  const labels = [{ label: 'a', score: 1 }]

  test('draws the findings on their picture', async () => {
    const data = [{ label: 'cat', score: 1, box }]
    const cover = await readCover(item({ sample: { input: picture, kind: 'detection', data, more: [] } }))
    expect(cover).toMatchObject({
      type: 'picture',
      url: expect.stringContaining('/assets/a/'),
      layer: { shapes: [{ label: 'cat' }] },
    })
  })

  test('draws all findings in the picture, and leaves out those that cannot be read', async () => {
    const data = [{ label: 'cat', score: 1, box }]
    const points = [{ label: 'ear', score: 1, points: [{ x: 1, y: 1, name: 'tip' }], edges: [] }]
    const more = [
      { kind: 'keypoints', data: points },
      { kind: 'keypoints', data: 'none' },
    ]
    const cover = await readCover(item({ sample: { input: picture, kind: 'detection', data, more } }))
    expect(cover).toMatchObject({ layer: { shapes: [{ label: 'cat' }, { label: 'ear' }] } })
  })

  test('shows tracks on the still picture of their video, or the cover picture without tracks', async () => {
    const data = { fps: 10, frame_count: 40, width: 64, height: 36, tracks: [] }
    const track = { id: 1, label: 'person', frames: [[10, 1, 1, 2, 2, 0.9]] }
    const sample = { input: picture, kind: 'tracks', data: { ...data, tracks: [track] }, more: [] }
    expect(await readCover(item({ sample }))).toMatchObject({
      type: 'kind',
      props: { poster: expect.stringContaining('variant=poster') },
    })
    expect(await readCover(item({ sample: { ...sample, data }, cover_asset_id: 'c' }))).toMatchObject({
      type: 'picture',
      layer: null,
    })
  })

  test('shows the spoken text of a recording', async () => {
    const data = { text: 'go forward', chunks: [] }
    expect(
      await readCover(item({ sample: { input: picture, kind: 'transcript', data, more: [] } })),
    ).toMatchObject({ type: 'kind', props: { text: 'go forward', sound: 'a' } })
  })

  test('shows the labels of a text or a picture', async () => {
    const sample = { input: 'some text', kind: 'classification', data: labels, more: [] }
    expect(await readCover(item({ sample }))).toMatchObject({
      type: 'kind',
      props: { data: labels, text: 'some text', picture: null },
    })
    expect(await readCover(item({ sample: { ...sample, input: picture } }))).toMatchObject({
      props: { text: null, picture: expect.any(String) },
    })
  })

  test('falls back to the cover picture, then a text, then a pattern', async () => {
    const broken = { input: 'text', kind: 'classification', data: 'none', more: [] }
    expect(await readCover(item({ sample: broken, cover_asset_id: 'c' }))).toMatchObject({
      type: 'picture',
      layer: null,
    })
    const unknown = { input: '问', kind: 'hologram', data: {}, more: [] }
    expect(await readCover(item({ sample: unknown }))).toEqual({ type: 'text', text: '问' })
    expect(await readCover(item({}))).toEqual({ type: 'pattern' })
  })
})

describe('the frame of a cover', () => {
  const shape = (xmin: number, ymin: number, xmax: number, ymax: number) => ({
    name: 'l',
    kind: 'detection',
    shapes: [{ id: '1', label: 'a', score: 1, box: { xmin, ymin, xmax, ymax }, points: [], edges: [] }],
  })

  test('is the middle of the picture without findings', () => {
    expect(coverFrame({ width: 160, height: 300 }, null)).toEqual({ x: 0, y: 100, width: 160, height: 100 })
  })
  test('starts a little above the findings, and stays inside the picture', () => {
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 50, 10, 90)).y).toBe(42)
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 0, 10, 90)).y).toBe(0)
    expect(coverFrame({ width: 160, height: 300 }, shape(0, 290, 10, 300)).y).toBe(200)
  })
  test('of a wide picture has the findings in its middle', () => {
    expect(coverFrame({ width: 800, height: 100 }, shape(390, 0, 410, 10))).toEqual({
      x: 320,
      y: 0,
      width: 160,
      height: 100,
    })
  })

  test('comes close to a few boxes, keeps some of their surroundings, and stays inside the picture', () => {
    const size = { width: 1600, height: 1000 }
    expect(closeFrame(size, [])).toEqual({ x: 0, y: 0, ...size })
    const one = { x: 900, y: 500, width: 20, height: 40 }
    expect(closeFrame(size, [one])).toEqual({ x: 510, y: 270, width: 800, height: 500 })
    expect(closeFrame(size, [{ ...one, x: 10, y: 10 }])).toMatchObject({ x: 0, y: 0 })
    expect(closeFrame(size, [one, { ...one, x: 10, y: 10 }])).toMatchObject({ width: 1183, x: 0 })
    expect(closeFrame(size, [one, { ...one, x: 1580, y: 960 }, { ...one, x: 0, y: 0 }])).toEqual({
      x: 0,
      y: 0,
      ...size,
    })
  })
})
