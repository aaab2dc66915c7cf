import { describe, expect, test } from 'vitest'
import { readWaveform, waveformBars } from './waveform.ts'

describe('the bars of a waveform', () => {
  test('keep the extremes of the slices that they join', () => {
    expect(waveformBars([-0.1, 0.2, -0.5, 0.4, -0.2, 1, 0, 0], 2)).toEqual([
      { low: -0.5, high: 0.4 },
      { low: -0.2, high: 1 },
    ])
  })

  test('are as many as requested, even if there are fewer slices', () => {
    expect(waveformBars([-1, 1, -0.5, 0.5], 4).map(({ high }) => high)).toEqual([1, 1, 0.5, 0.5])
    expect(waveformBars([], 4)).toEqual([])
  })

  test('are as high for a quiet recording as for a loud one, and flat for silence', () => {
    expect(waveformBars([-0.1, 0.1], 1)).toEqual([{ low: -1, high: 1 }])
    expect(waveformBars([-0.001, 0.001], 1)[0]?.high).toBeLessThan(0.06)
  })
})

test('data that is not a waveform is not read as one', () => {
  expect(readWaveform({ duration_s: 2, peaks: [-1, 1] })).toEqual({ duration_s: 2, peaks: [-1, 1] })
  expect(readWaveform({ peaks: 'x' })).toBeNull()
  expect(readWaveform({ duration_s: 2, peaks: [] })).toBeNull()
})
