import { onScopeDispose, watch, type Ref } from 'vue'
import { followMedia } from './follow-media.ts'
import { mediaControls } from './media-controls.ts'
import { MediaSeeks } from './media-seeks.ts'
import { newMediaState } from './media-state.ts'
import type { PlayerMember } from './player.ts'

type Options = {
  /** The constant number of frames a second of a video. Null for sound. */
  frameRate: Readonly<Ref<number | null>>
  /** Called for every frame that is shown, in the same rendering of the page. */
  onFrame?: (frame: number) => void
}

/** Plays the media element of a page on its own, without a group. */
export const useMediaElement = (
  element: Readonly<Ref<HTMLMediaElement | null>>,
  { frameRate, onFrame }: Options,
): PlayerMember => {
  const state = newMediaState()
  const seeks = new MediaSeeks()
  const showFrame = (shown: number) => {
    state.frame.value = shown
    onFrame?.(shown)
  }
  watch(
    [element, () => frameRate.value !== null] as const,
    ([media], _, onCleanup) => {
      if (media !== null) onCleanup(followMedia(media, { state, seeks, frameRate, showFrame }))
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => element.value?.pause())
  return { ...state, ...mediaControls(element, { state, seeks, frameRate }) }
}
