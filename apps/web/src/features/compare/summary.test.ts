import { describe, expect, test } from 'vitest'
import { runWith } from './run.fixture.ts'
import type { Run } from '@vitrine/contract'
import { assetUrl } from '../../shared/viewers/media-source.ts'
import { summarise as summariseWith } from './summary.ts'

const summarise = (runs: (Run | null)[]) =>
  summariseWith(
    runs.map((run) => ({ run, say: undefined })),
    assetUrl,
  )

const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }
const boxes = (count: number) => Array.from({ length: count }, () => ({ label: 'a', score: 1, box }))

describe('the summary of a comparison', () => {
  test('has the durations, with the shortest computing time marked, and the main value of each output', async () => {
    const rows = await summarise([
      runWith({
        seconds: 2,
        predictSeconds: 0.5,
        outputs: [
          { kind: 'detection', name: 'faces', data: boxes(3) },
          {
            kind: 'classification',
            data: [
              { label: 'b', score: 0.2 },
              { label: 'a', score: 0.8 },
            ],
          },
        ],
      }),
      runWith({
        parameters: { other: true },
        seconds: 1,
        predictSeconds: 0.9,
        outputs: [{ kind: 'detection', name: 'faces', data: [] }],
      }),
    ])
    expect(
      rows.map(({ unit, values, best }) => [unit, values.map((value) => value?.value ?? null), best]),
    ).toEqual([
      ['seconds', [2, 1], []],
      ['seconds', [0.5, 0.9], [0]],
      ['count', [3, 0], []],
      ['label', ['a', null], []],
    ])
  })

  test('tells which ranked durations cannot be told apart', async () => {
    const rows = await summarise([
      runWith({ predictSeconds: 1, parameters: { top: 1 } }),
      runWith({ predictSeconds: 1.1, parameters: { top: 2 } }),
    ])
    expect(rows.map(({ key, best, even }) => [key, best, even])).toEqual([
      ['run_seconds', [], false],
      ['predict_seconds', [], true],
    ])
  })

  test('says a label with the words of the column’s own algorithm', async () => {
    const outputs = [{ kind: 'classification', data: [{ label: '银行', score: 1 }] }]
    const columns = ['river bank', 'bank'].map((word) => ({ run: runWith({ outputs }), say: () => word }))
    const row = (await summariseWith(columns, assetUrl)).find(({ unit }) => unit === 'label')
    expect(row?.values.map((value) => value?.value)).toEqual(['river bank', 'bank'])
  })

  test('marks the total time if the computing time is not known for all columns', async () => {
    const rows = await summarise([
      runWith({ seconds: 2 }),
      runWith({ release: 2, seconds: 1, predictSeconds: 0.5 }),
    ])
    expect(rows.map(({ key, best }) => [key, best])).toEqual([
      ['run_seconds', [1]],
      ['predict_seconds', []],
    ])
  })

  test('leaves the cells of a failed column empty and still shows the others', async () => {
    const failed = runWith({ status: 'failed', result: null })
    const rows = await summarise([failed, null, runWith({ outputs: [{ kind: 'text', data: 'two words' }] })])
    expect(rows.map(({ values, best }) => [values, best])).toEqual([
      [[null, null, { value: 1 }], []],
      [[null, null, { value: 2 }], []],
    ])
  })

  test('adds up the counts of several elements, and gives them no common label', async () => {
    const run = runWith({})
    const element = (index: number) => ({
      index,
      status: 'succeeded' as const,
      outputs: [
        { kind: 'tokens', data: [{ text: 'a', start: 0, end: 1, label: 'x' }] },
        { kind: 'classification', data: [{ label: 'a', score: 1 }] },
      ],
    })
    const result = run.result && { ...run.result, predictions: [element(0), element(1)] }
    const rows = await summarise([{ ...run, result }])
    expect(rows.map(({ key, values }) => [key, values])).toEqual([
      ['run_seconds', [{ value: 1 }]],
      ['tokens/', [{ value: 2 }]],
    ])
  })

  test('ignores data that is not in the form of its kind', async () => {
    const rows = await summarise([runWith({ outputs: [{ kind: 'detection', data: 'x' }] })])
    expect(rows.map(({ key }) => key)).toEqual(['run_seconds'])
  })
})
