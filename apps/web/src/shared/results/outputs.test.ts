import { issueIn, type Output } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { groupOutputs, readOutput } from './outputs.ts'

const box = { xmin: 1, ymin: 2, xmax: 30, ymax: 40 }
const boxes: Output = { name: 'boxes', kind: 'detection', data: [{ label: 'cat', score: 0.9, box }] }
const points: Output = {
  name: 'points',
  kind: 'keypoints',
  data: [
    {
      score: 0.8,
      points: [
        { x: 1, y: 2 },
        { name: 'nose', x: 3, y: 4, score: 0.5 },
      ],
      edges: [
        [0, 1],
        [1, 7],
      ],
    },
  ],
}
const text: Output = { kind: 'text', data: '<b>not bold</b>' }

describe('an output', () => {
  test('of boxes becomes a layer', async () => {
    const read = await readOutput(boxes, 0)
    expect(read).toMatchObject({
      show: 'layer',
      name: 'boxes',
      layer: { shapes: [{ label: 'cat', score: 0.9, box }] },
    })
  })

  test('of keypoints becomes a layer named after the output, without invalid edges', async () => {
    const read = await readOutput(points, 0)
    expect(read).toMatchObject({
      layer: {
        shapes: [
          {
            label: 'points',
            score: 0.8,
            edges: [[0, 1]],
            points: [
              { name: '', score: null },
              { name: 'nose', score: 0.5 },
            ],
          },
        ],
      },
    })
  })

  test('of a known kind is passed to its viewer unchanged', async () => {
    expect(await readOutput(text, 2)).toMatchObject({
      show: 'component',
      kind: 'text',
      name: 'text-3',
      data: text.data,
    })
  })

  test.each([
    'classification',
    'tokens',
    'number',
    'table',
    'image',
    'audio',
    'video',
    'file',
    'text',
    'markdown',
  ])('of kind %s that is ill-formed is shown as JSON with what is wrong', async (kind) => {
    const read = await readOutput({ kind, data: { wrong: true } }, 0)
    expect(read).toMatchObject({ show: 'json', reason: 'ill_formed', data: { wrong: true } })
    expect(read.show === 'json' && read.problems.length).toBeGreaterThan(0)
  })

  test('that is invalid says where, with five problems at most', async () => {
    const bad = (count: number) => Array.from({ length: count }, () => ({ label: 'a', score: 'high', box }))
    const read = await readOutput({ kind: 'detection', data: bad(1) }, 0)
    expect(read).toMatchObject({
      show: 'json',
      problems: [{ path: '[0].score', rule: 'field.type', values: { expected: 'number' } }],
    })
    expect(await readOutput({ kind: 'detection', data: bad(50) }, 0)).toHaveProperty('problems.length', 5)
  })

  test('that is invalid is described in the reader’s language, without a word of zod’s', async () => {
    const data = { fps: 25, tracks: 'none' }
    const wrong = [
      await readOutput({ kind: 'tracks', data }, 0),
      await readOutput(
        { kind: 'segmentation', data: [{ label: 'road', score: 1, mask: 'javascript:1' }] },
        0,
      ),
      await readOutput({ kind: 'depth', data: { map: [[1, 2], [3]] } }, 0),
    ].flatMap((read) => (read.show === 'json' ? read.problems : []))
    expect(wrong.length).toBeGreaterThan(2)
    for (const problem of wrong) {
      expect(issueIn(problem, 'zh').message).toMatch(/[\u4e00-\u9fff]/)
      expect(issueIn(problem, 'en').message).not.toMatch(/invalid input/i)
    }
  })

  test.each(['hologram', '__proto__', 'constructor', ''])(
    'of the unknown kind “%s” is shown as JSON',
    async (kind) => {
      const data = { anything: [1, null, 'x'] }
      expect(await readOutput({ kind, data }, 0)).toMatchObject({ show: 'json', reason: 'unknown', data })
    },
  )

  test('of kind json may be anything', async () => {
    for (const data of [null, 1, 'x', [], { a: 1 }])
      expect(await readOutput({ kind: 'json', data }, 0)).toMatchObject({ show: 'component', kind: 'json' })
  })
})

describe('outputs of one element', () => {
  test('are drawn together if they are layers, in the place of the first, and the others keep their order', async () => {
    const read = await Promise.all(
      [text, boxes, { kind: 'number', data: { value: 1 } }, points].map(readOutput),
    )
    const groups = groupOutputs(read)
    expect(groups.map((group) => (group.type === 'picture' ? 'picture' : group.output.kind))).toEqual([
      'text',
      'picture',
      'number',
    ])
    expect(groups[1]).toMatchObject({ layers: [{ name: 'boxes' }, { name: 'points' }] })
  })

  test('an invalid layer is shown on its own and does not affect the valid one', async () => {
    const read = await Promise.all([boxes, { ...points, data: 'none' }].map(readOutput))
    expect(groupOutputs(read)).toMatchObject([
      { type: 'picture', layers: [{ name: 'boxes' }] },
      { type: 'single', output: { show: 'json', kind: 'keypoints' } },
    ])
  })

  test('have different keys even if they have the same name', async () => {
    const groups = groupOutputs(await Promise.all([text, text, text].map(readOutput)))
    expect(new Set(groups.map((group) => group.key)).size).toBe(3)
  })
})
