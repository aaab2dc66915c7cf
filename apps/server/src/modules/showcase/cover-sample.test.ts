import type { Json, Output, PredictResponse } from '@vitrine/contract'
import { resultKinds } from '@vitrine/contract/results'
import { expect, test } from 'vitest'
import { coverSample, inWords } from './cover-sample.ts'

const resultOf = (...outputs: Output[]): PredictResponse => ({
  id: 'run',
  status: 'succeeded',
  logs: '',
  metrics: { predict_time: 1, total_time: 1 },
  predictions: [{ index: 0, status: 'succeeded', outputs }],
})
const box = (frame: number, x: number): number[] => [frame, x, 10, 20, 40, 0.9]
const frames = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => box(from + at, from + at))
const tracksOf = (tracks: Json[]): Output => ({
  kind: 'tracks',
  data: { fps: 10, frame_count: 400, width: 640, height: 360, tracks },
})

test('a cover gets the tracks at the time of the poster, with the last part of their path', () => {
  const shown = coverSample(
    { asset_id: 'video' },
    resultOf(
      tracksOf([
        { id: 1, label: 'person', frames: frames(0, 400) },
        { id: 2, label: 'person', frames: frames(0, 15) },
        { id: 3, label: 'person', frames: frames(21, 60) },
      ]),
    ),
  )
  const { tracks } = resultKinds.tracks.data.parse(shown?.data)
  expect(tracks.map(({ id }) => id)).toEqual([1])
  expect(tracks[0]?.frames.at(-1)).toEqual(box(20, 20))
  expect(tracks[0]?.frames.length).toBe(21)
})

test('other findings in the same picture are included, but other outputs are not', () => {
  const points: Output = { kind: 'keypoints', data: [] }
  const shown = coverSample(
    'picture',
    resultOf({ kind: 'detection', data: [] }, points, { kind: 'text', data: 'two people' }),
  )
  expect(shown).toEqual({ input: 'picture', kind: 'detection', data: [], more: [points] })
})

test('the showcase stays small: long texts are shortened, and large values that cannot be shortened are left out', () => {
  const long = '很'.repeat(20_000)
  const shown = coverSample(long, resultOf({ kind: 'text', data: long }))
  expect([shown?.input, shown?.data]).toEqual(['很'.repeat(400), '很'.repeat(400)])
  expect(coverSample(long, resultOf({ kind: 'json', data: [long] }))).toBeNull()
  const large: Output = { kind: 'keypoints', data: [long] }
  expect(coverSample('picture', resultOf({ kind: 'detection', data: [] }, large))?.more).toEqual([])
})

test('of thousands of findings in the same picture, a cover has as many as there is room for', () => {
  const first: Output = { kind: 'detection', data: [] }
  const sizeWith = (each: Output) => {
    const shown = coverSample('picture', resultOf(first, ...Array.from({ length: 5_000 }, () => each)))
    expect(shown?.more.length).toBeGreaterThan(0)
    return JSON.stringify(shown).length
  }
  expect(sizeWith({ kind: 'keypoints', data: ['x'.repeat(10_000)] })).toBeLessThan(20_000)
  expect(sizeWith({ kind: 'keypoints', data: [] })).toBeLessThan(20_000)
})

test('a run without any output gives no cover', () => {
  expect(coverSample('text', resultOf())).toBeNull()
  expect(coverSample('text', null)).toBeNull()
})

test('a cover has the words of its result in the reader’s language, unless they are large', () => {
  const result = resultOf({ kind: 'text', data: '人' })
  expect(inWords(coverSample('x', result), { 人: 'person' })?.words).toEqual({ 人: 'person' })
  expect(inWords(coverSample('x', result), { 人: 'x'.repeat(20_000) })).not.toHaveProperty('words')
})
