import { inject, provide, watch, type InjectionKey, type Ref } from 'vue'
import type { Player } from './player.ts'

const key: InjectionKey<Readonly<Ref<boolean>>> = Symbol('autoplay')

/** Lets a video with findings below the calling component start by itself while `wanted` is set. */
export const provideAutoplay = (wanted: Readonly<Ref<boolean>>): void => provide(key, wanted)

/**
 * Goes to `from`, in seconds, and starts without sound once the player is ready, if a component above wants
 * that. Does not start if the person prefers reduced motion.
 */
export const autoplayWhenReady = (player: Player, from: () => number): void => {
  const wanted = inject(key, null)
  if (wanted === null) return
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  watch(
    player.ready,
    (ready) => {
      if (!ready || !wanted.value) return
      player.seek(from())
      if (still) return
      player.setMuted(true)
      player.play()
    },
    { immediate: true },
  )
}
