import { inject, provide, watch, type InjectionKey, type Ref } from 'vue'
import type { Player } from './player.ts'

const key: InjectionKey<Readonly<Ref<boolean>>> = Symbol('self-playing')

/** Has a video with findings below the calling component begin by itself while `wanted` is set. */
export const provideSelfPlaying = (wanted: Readonly<Ref<boolean>>): void => provide(key, wanted)

/**
 * Goes to `from`, in seconds, and begins by itself and without sound once there is something to play, where something above wants
 * it. For who wants no moving pictures it stays there.
 */
export const playByItself = (player: Player, from: () => number): void => {
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
