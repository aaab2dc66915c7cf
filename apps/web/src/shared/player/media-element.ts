import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { frameAtClock, frameAtTime, frameCountOf, timeOfFrame } from './frames.ts'
import { followClock, followFrames } from './follow-frames.ts'
import type { PlayerMember } from './player.ts'

type Options = {
  /** Constant frames a second of a video; null for sound. */
  frameRate: Readonly<Ref<number | null>>
  /** Called for every frame that comes onto the screen, in the same rendering of the page. */
  onFrame?: (frame: number) => void
}

/** Plays the medium of an element of the page by itself. */
export const useMediaElement = (
  element: Readonly<Ref<HTMLMediaElement | null>>,
  { frameRate, onFrame }: Options,
): PlayerMember => {
  const ready = ref(false)
  const failed = ref(false)
  const playing = ref(false)
  const time = ref(0)
  const duration = ref(0)
  const speed = ref(1)
  const muted = ref(false)
  const frame = ref<number | null>(null)
  /** Where to go once the seek that is under way has ended. */
  let next: number | null = null
  /** The frame that was asked for and is not on the screen yet. */
  const aimed = shallowRef<number | null>(null)

  const showFrame = (shown: number) => {
    frame.value = shown
    onFrame?.(shown)
  }
  const goTo = (media: HTMLMediaElement, seconds: number) => {
    const place = Math.max(0, Math.min(seconds, duration.value || seconds))
    time.value = place
    // One seek at a time: another one would begin anew and nothing would be shown while the bar is dragged.
    if (media.seeking) next = place
    else media.currentTime = place
  }
  const handlers = (media: HTMLMediaElement): Record<string, () => void> => ({
    loadedmetadata: () => {
      media.playbackRate = speed.value
      media.muted = muted.value
    },
    loadeddata: () => {
      ready.value = true
      failed.value = false
      if (frameRate.value !== null && frame.value === null)
        showFrame(frameAtClock(media.currentTime, frameRate.value))
    },
    durationchange: () => {
      duration.value = Number.isFinite(media.duration) ? media.duration : 0
    },
    timeupdate: () => {
      if (!media.seeking) time.value = media.currentTime
    },
    seeked: () => {
      const place = next
      next = null
      if (place === null) aimed.value = null
      else media.currentTime = place
    },
    play: () => (playing.value = true),
    pause: () => (playing.value = false),
    ended: () => (playing.value = false),
    volumechange: () => (muted.value = media.muted),
    error: () => (failed.value = true),
    emptied: () => {
      ready.value = false
      frame.value = null
    },
  })

  watch(
    [element, () => frameRate.value !== null] as const,
    ([media, hasFrames], _, onCleanup) => {
      if (media === null) return
      const taken = new AbortController()
      for (const [name, handle] of Object.entries(handlers(media)))
        media.addEventListener(name, handle, { signal: taken.signal })
      if (media.error !== null) failed.value = true
      if (media.readyState >= HTMLMediaElement.HAVE_METADATA) duration.value = media.duration
      if (media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) ready.value = true
      const tick = () => {
        if (!media.seeking) time.value = media.currentTime
      }
      const stop =
        hasFrames && media instanceof HTMLVideoElement
          ? followFrames(media, (seconds, exact) => {
              tick()
              const rate = frameRate.value
              if (rate !== null) showFrame((exact ? frameAtTime : frameAtClock)(seconds, rate))
            })
          : followClock(media, tick)
      onCleanup(() => {
        taken.abort()
        stop()
      })
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => element.value?.pause())

  const withMedia = (act: (media: HTMLMediaElement) => void) => () => {
    if (element.value !== null) act(element.value)
  }
  return {
    ready,
    failed,
    playing,
    time,
    duration,
    speed,
    muted,
    frame,
    play: withMedia((media) => {
      media.play().catch((error: unknown) => {
        // The browser has said so by the element's `error`, or the play was overtaken by a pause.
        if (!(error instanceof DOMException)) throw error
      })
    }),
    pause: withMedia((media) => media.pause()),
    seek: (seconds) => {
      aimed.value = null
      withMedia((media) => goTo(media, seconds))()
    },
    step: (frames) => {
      const rate = frameRate.value
      if (rate === null) return
      const last = Math.max(0, frameCountOf(duration.value, rate) - 1)
      const from = aimed.value ?? frame.value ?? frameAtClock(time.value, rate)
      const to = Math.max(0, Math.min(last, from + frames))
      withMedia((media) => {
        media.pause()
        aimed.value = to
        goTo(media, timeOfFrame(to, rate))
      })()
    },
    setSpeed: (value) => {
      speed.value = value
      withMedia((media) => (media.playbackRate = value))()
    },
    nudge: (factor) => withMedia((media) => (media.playbackRate = speed.value * factor))(),
    setMuted: (value) => {
      muted.value = value
      withMedia((media) => (media.muted = value))()
    },
  }
}
