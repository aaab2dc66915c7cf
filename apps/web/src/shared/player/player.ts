import type { Ref } from 'vue'

/** Speeds to choose from, as factors of the normal one. */
export const speeds = [0.25, 0.5, 1, 1.5, 2, 4] as const

/** What plays a medium, or several in step: what is known of it, and what it can be told. */
export type Player = {
  /** Whether there is something that can be played. */
  readonly ready: Readonly<Ref<boolean>>
  /** Whether the browser cannot play it. */
  readonly failed: Readonly<Ref<boolean>>
  readonly playing: Readonly<Ref<boolean>>
  /** Place in the medium, in seconds. */
  readonly time: Readonly<Ref<number>>
  /** Length in seconds; 0 until it is known. */
  readonly duration: Readonly<Ref<number>>
  readonly speed: Readonly<Ref<number>>
  readonly muted: Readonly<Ref<boolean>>
  /** The frame that is on the screen; null for sound, or until there is one. */
  readonly frame: Readonly<Ref<number | null>>
  play: () => void
  pause: () => void
  /** Goes to a place, in seconds; kept within the medium. */
  seek: (seconds: number) => void
  /** Pauses and goes some frames on, or back. Without a frame rate nothing happens. */
  step: (frames: number) => void
  setSpeed: (speed: number) => void
  setMuted: (muted: boolean) => void
}

/** A player as a group has it: it may run a little faster or slower for a while, unseen, to come back into step. */
export type PlayerMember = Player & {
  /** Factor on top of the chosen speed. */
  nudge: (factor: number) => void
}

/** Plays when paused, pauses when playing. */
export const togglePlaying = (player: Player): void => (player.playing.value ? player.pause() : player.play())
