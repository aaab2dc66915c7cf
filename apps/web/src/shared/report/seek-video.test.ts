import { expect, test } from 'vitest'
import { seekVideo } from './seek-video.ts'

const videoThat = (tells: string | null) => {
  const video = Object.assign(new EventTarget(), { currentTime: 0 })
  if (tells !== null) queueMicrotask(() => video.dispatchEvent(new Event(tells)))
  return video
}

test.each(['seeked', 'error'])('a report goes on when a video tells "%s"', async (told) => {
  const video = videoThat(told)
  await seekVideo(video, 4, 600_000)
  expect(video.currentTime).toBe(4)
})

test('a report goes on also if a video tells nothing any more', async () => {
  const video = videoThat(null)
  await seekVideo(video, 4, 1)
  expect(video.currentTime).toBe(4)
})
