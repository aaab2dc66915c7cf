import type { Ref } from 'vue'

/** The speeds to choose from, as factors of normal speed. */
export const speeds = [0.25, 0.5, 1, 1.5, 2, 4] as const

/** Plays one media file, or several in step: its state and its commands. */
export type Player = {
  /** Whether there is something that can be played. */
  readonly ready: Readonly<Ref<boolean>>
  /** Whether the browser cannot play it. */
  readonly failed: Readonly<Ref<boolean>>
  readonly playing: Readonly<Ref<boolean>>
  /** The place in seconds. */
  readonly time: Readonly<Ref<number>>
  /** The length in seconds. 0 until it is known. */
  readonly duration: Readonly<Ref<number>>
  readonly speed: Readonly<Ref<number>>
  readonly muted: Readonly<Ref<boolean>>
  /** The frame that is shown. Null for sound, or if there is none yet. */
  readonly frame: Readonly<Ref<number | null>>
  play: () => void
  pause: () => void
  /** Goes to a place in seconds, limited to the length. */
  seek: (seconds: number) => void
  /** Pauses and goes some frames forward or back. Does nothing without a frame rate. */
  step: (frames: number) => void
  setSpeed: (speed: number) => void
  setMuted: (muted: boolean) => void
}

/** A player in a group. It may play slightly faster or slower for a while, to get back into step. */
export type PlayerMember = Player & {
  /** Factor on top of the chosen speed. */
  nudge: (factor: number) => void
}

/** Plays when paused, pauses when playing. */
export const togglePlaying = (player: Player): void => (player.playing.value ? player.pause() : player.play())
