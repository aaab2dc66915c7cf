import { describe, expect, test } from 'vitest'
import { clockText, frameAtClock, frameAtTime, frameBeside, frameCountOf, timeOfFrame } from './frames.ts'

const rates = [10, 23.976, 24_000 / 1001, 25, 30_000 / 1001, 30, 50, 60_000 / 1001]

describe('frames from times', () => {
  test.each(rates)(
    'every frame of a long video at %f a second is found from its own time, in all usual time units',
    (rate) => {
      for (const ticks of [600, 1_000, 12_800, 30_000, 90_000])
        for (let frame = 0; frame < 5_000; frame++) {
          const told = Math.round((frame / rate) * ticks) / ticks
          expect(frameAtTime(told, rate)).toBe(frame)
        }
    },
  )

  test('29.97 and its exact value give the same frames for an hour', () => {
    const exact = 30_000 / 1001
    for (let frame = 0; frame < 108_000; frame += 97) expect(frameAtTime(frame / exact, 29.97)).toBe(frame)
  })

  test('a time just before a frame’s start belongs to it, but not one that is half a frame earlier', () => {
    expect(frameAtTime(0.9999, 25)).toBe(25)
    expect(frameAtTime(0.979, 25)).toBe(24)
    expect(frameAtTime(-0.001, 25)).toBe(0)
  })

  test.each(rates)('seeking to a frame at %f a second ends inside that frame', (rate) => {
    for (const frame of [0, 1, 699, 700, 54_321])
      expect(frameAtClock(timeOfFrame(frame, rate), rate)).toBe(frame)
  })

  test('a clock time belongs to the frame that began last', () => {
    expect(frameAtClock(0.0398, 25)).toBe(0)
    expect(frameAtClock(0.04, 25)).toBe(1)
    expect(frameAtClock(0.0798, 25)).toBe(1)
  })

  test('stepping stays within the media file', () => {
    expect([frameBeside(3, 1, 2, 25), frameBeside(3, -2, 2, 25)]).toEqual([4, 1])
    expect([frameBeside(3, -10, 2, 25), frameBeside(40, 100, 2, 25)]).toEqual([0, 49])
    expect(frameBeside(3, 1, 0, 25)).toBe(0)
  })

  test('a media file of unknown length has no frames', () => {
    expect(frameCountOf(Number.NaN, 25)).toBe(0)
    expect(frameCountOf(Number.POSITIVE_INFINITY, 25)).toBe(0)
    expect(frameCountOf(28.04, 25)).toBe(701)
  })
})

describe('a place in a media file', () => {
  test('is written in minutes, seconds and tenths', () => {
    expect(clockText(0)).toBe('0:00.0')
    expect(clockText(7.46)).toBe('0:07.4')
    expect(clockText(59.99)).toBe('0:59.9')
    expect(clockText(725)).toBe('12:05.0')
    expect(clockText(3723)).toBe('1:02:03.0')
  })

  test('is zero if it is not known', () => {
    expect(clockText(Number.NaN)).toBe('0:00.0')
  })
})
