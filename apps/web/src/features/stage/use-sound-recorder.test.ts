import { afterEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { levelOf, recordingName, useSoundRecorder } from './use-sound-recorder.ts'

afterEach(() => vi.unstubAllGlobals())

/** A microphone for which the browser asks the person: `allow` is their answer. */
function askedMicrophone() {
  const microphone = { on: false }
  let allow = (): void => undefined
  const getUserMedia = () =>
    new Promise((resolve) => {
      allow = () => {
        microphone.on = true
        resolve({ getTracks: () => [{ stop: () => (microphone.on = false) }] })
      }
    })
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } })
  return { microphone, allow: () => allow() }
}

test('a recorder that was closed while the browser asks for permission leaves the microphone off', async () => {
  const { microphone, allow } = askedMicrophone()
  const scope = effectScope()
  const started = scope.run(() => useSoundRecorder())?.start()
  scope.stop()
  allow()
  expect(microphone.on).toBe(true)
  await started
  expect(microphone.on).toBe(false)
})

test('the microphone is off again if nothing can be recorded', async () => {
  const { microphone, allow } = askedMicrophone()
  // This browser has a microphone and cannot record.
  vi.stubGlobal('MediaRecorder', undefined)
  const recorder = effectScope().run(() => useSoundRecorder())
  const started = recorder?.start()
  allow()
  await started
  expect([recorder?.state.value, microphone.on]).toEqual(['failed', false])
})

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
