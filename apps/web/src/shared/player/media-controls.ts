import type { Ref } from 'vue'
import { frameAtClock, frameBeside, timeOfFrame } from './frames.ts'
import type { MediaSeeks } from './media-seeks.ts'
import type { MediaState } from './media-state.ts'
import type { PlayerMember } from './player.ts'

/** The commands of a player. */
type Controls = Omit<PlayerMember, keyof MediaState>

/** Passes commands to the media element. Without an element, only the chosen settings are stored. */
export const mediaControls = (
  element: Readonly<Ref<HTMLMediaElement | null>>,
  {
    state,
    seeks,
    frameRate,
  }: { state: MediaState; seeks: MediaSeeks; frameRate: Readonly<Ref<number | null>> },
): Controls => {
  const withMedia = (act: (media: HTMLMediaElement) => void) => {
    if (element.value !== null) act(element.value)
  }
  const goTo = (media: HTMLMediaElement, seconds: number) => {
    const place = Math.max(0, Math.min(seconds, state.duration.value || seconds))
    state.time.value = place
    seeks.goTo(media, place)
  }
  return {
    play: () => withMedia(playMedia),
    pause: () => withMedia((media) => media.pause()),
    seek: (seconds) => {
      seeks.aimed = null
      withMedia((media) => goTo(media, seconds))
    },
    step: (frames) => {
      const rate = frameRate.value
      if (rate === null) return
      const from = seeks.aimed ?? state.frame.value ?? frameAtClock(state.time.value, rate)
      const to = frameBeside(from, frames, state.duration.value, rate)
      withMedia((media) => {
        media.pause()
        seeks.aimed = to
        goTo(media, timeOfFrame(to, rate))
      })
    },
    setSpeed: (value) => {
      state.speed.value = value
      withMedia((media) => (media.playbackRate = value))
    },
    nudge: (factor) => withMedia((media) => (media.playbackRate = state.speed.value * factor)),
    setMuted: (value) => {
      state.muted.value = value
      withMedia((media) => (media.muted = value))
    },
  }
}

const playMedia = (media: HTMLMediaElement): void => {
  media.play().catch((error: unknown) => {
    // Either the browser reports it in the element's `error`, or a pause came before playing began.
    if (!(error instanceof DOMException)) throw error
  })
}
