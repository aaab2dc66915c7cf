import { expect, test } from 'vitest'
import { levelOf, recordingName } from './use-sound-recorder.ts'

test('silence has level zero, louder sounds have higher levels, and the loudest fills the scale', () => {
  const sound = (strength: number) =>
    Uint8Array.from({ length: 400 }, (_, place) => 128 + Math.round(Math.sin(place / 5) * strength))
  expect(levelOf(sound(0))).toBe(0)
  expect(levelOf(sound(10))).toBeGreaterThan(0.2)
  expect(levelOf(sound(40))).toBeGreaterThan(levelOf(sound(10)))
  expect(levelOf(sound(127))).toBe(1)
  expect(levelOf(new Uint8Array())).toBe(0)
})

test('a recording is named by its time and type', () => {
  const at = new Date('2026-03-02T08:05:09.123Z')
  expect(recordingName('audio/webm;codecs=opus', at)).toBe('recording-2026-03-02-08-05-09.webm')
  expect(recordingName('audio/mp4', at)).toBe('recording-2026-03-02-08-05-09.m4a')
})
