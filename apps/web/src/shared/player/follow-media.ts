import type { Ref } from 'vue'
import { frameAtClock, frameAtTime } from './frames.ts'
import { followClock, followFrames } from './follow-frames.ts'
import type { MediaSeeks } from './media-seeks.ts'
import type { MediaState } from './media-state.ts'

/** What following a media element keeps up to date. */
type Followed = {
  state: MediaState
  seeks: MediaSeeks
  /** The constant number of frames a second of a video. Null for sound. */
  frameRate: Readonly<Ref<number | null>>
  /** Called for every frame that is shown, in the same rendering of the page. */
  showFrame: (frame: number) => void
}

/** The event handlers that update the state of a media element. */
const handlersOf = (
  media: HTMLMediaElement,
  { state, seeks, frameRate, showFrame }: Followed,
): Record<string, () => void> => ({
  loadedmetadata: () => {
    media.playbackRate = state.speed.value
    media.muted = state.muted.value
  },
  loadeddata: () => {
    state.ready.value = true
    state.failed.value = false
    if (frameRate.value !== null && state.frame.value === null)
      showFrame(frameAtClock(media.currentTime, frameRate.value))
  },
  durationchange: () => {
    state.duration.value = Number.isFinite(media.duration) ? media.duration : 0
  },
  timeupdate: () => {
    if (!media.seeking) state.time.value = media.currentTime
  },
  seeked: () => seeks.ended(media),
  play: () => (state.playing.value = true),
  pause: () => (state.playing.value = false),
  ended: () => (state.playing.value = false),
  volumechange: () => (state.muted.value = media.muted),
  error: () => (state.failed.value = true),
  emptied: () => {
    state.ready.value = false
    state.frame.value = null
  },
})

/** Follows the place of a media element by its frames or its clock, at each drawing of the page. */
const followPlace = (media: HTMLMediaElement, { state, frameRate, showFrame }: Followed): (() => void) => {
  const tick = () => {
    if (!media.seeking) state.time.value = media.currentTime
  }
  if (frameRate.value === null || !(media instanceof HTMLVideoElement)) return followClock(media, tick)
  return followFrames(media, (seconds, exact) => {
    tick()
    const rate = frameRate.value
    if (rate !== null) showFrame((exact ? frameAtTime : frameAtClock)(seconds, rate))
  })
}

/** Keeps the state in step with a media element. Returns a function that stops it. */
export const followMedia = (media: HTMLMediaElement, followed: Followed): (() => void) => {
  const { state } = followed
  const taken = new AbortController()
  for (const [name, handle] of Object.entries(handlersOf(media, followed)))
    media.addEventListener(name, handle, { signal: taken.signal })
  if (media.error !== null) state.failed.value = true
  if (media.readyState >= HTMLMediaElement.HAVE_METADATA) state.duration.value = media.duration
  if (media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) state.ready.value = true
  const stop = followPlace(media, followed)
  return () => {
    taken.abort()
    stop()
  }
}
