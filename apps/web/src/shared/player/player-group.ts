import {
  computed,
  inject,
  provide,
  shallowRef,
  watch,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue'
import { useMediaElement } from './media-element.ts'
import type { Player, PlayerMember } from './player.ts'

/**
 * Several players in step. A command to one of them or to the group goes to all. The first that joined is the
 * leader, and the others follow its place. Only the leader is heard.
 */
export type PlayerGroup = Player & {
  /** Adds a player. Returns a function that removes it. */
  join: (member: PlayerMember) => () => void
}

/** How a member gets back into step: nothing, a slightly different speed, or a jump. */
export type Correction = { type: 'none' } | { type: 'nudge'; factor: number } | { type: 'jump' }

const bearable = 0.02
const jumpFrom = 0.4

/** The correction for a member that is `behind` the leader by this many seconds (negative: ahead). */
export const correctionOf = (behind: number): Correction => {
  if (Math.abs(behind) <= bearable) return { type: 'none' }
  if (Math.abs(behind) >= jumpFrom) return { type: 'jump' }
  // Makes up for 0.2 s in about two seconds.
  return { type: 'nudge', factor: 1 + Math.max(-0.1, Math.min(0.1, behind / 2)) }
}

const compareEveryS = 0.2

/** A group without members. */
export const createPlayerGroup = (): PlayerGroup => {
  const members = shallowRef<readonly PlayerMember[]>([])
  const leader = computed(() => members.value[0])
  const all = (act: (member: PlayerMember) => void) => members.value.forEach(act)
  const others = (act: (member: PlayerMember) => void) => members.value.slice(1).forEach(act)
  const ofLeader = <Value>(
    read: (member: PlayerMember) => Readonly<Ref<Value>>,
    none: Value,
  ): ComputedRef<Value> => computed(() => (leader.value === undefined ? none : read(leader.value).value))
  const time = ofLeader((member) => member.time, 0)
  const playing = ofLeader((member) => member.playing, false)

  let comparedAt = 0
  const compare = (place: number) => {
    if (Math.abs(place - comparedAt) < compareEveryS) return
    comparedAt = place
    others((member) => {
      const correction = correctionOf(place - member.time.value)
      member.nudge(correction.type === 'nudge' ? correction.factor : 1)
      if (correction.type === 'jump') member.seek(Math.min(place, member.duration.value))
    })
  }
  watch(time, (place) => {
    if (playing.value) compare(place)
  })
  // The leader may reach its end, or the browser may stop it. Then no member continues alone.
  watch(playing, (now) => {
    if (!now) others((member) => member.pause())
  })

  return {
    ready: computed(() => members.value.length > 0 && members.value.every((member) => member.ready.value)),
    failed: computed(() => members.value.length > 0 && members.value.every((member) => member.failed.value)),
    playing,
    time,
    duration: computed(() => Math.max(0, ...members.value.map((member) => member.duration.value))),
    speed: ofLeader((member) => member.speed, 1),
    muted: ofLeader((member) => member.muted, false),
    frame: ofLeader((member) => member.frame, null),
    play: () => {
      others((member) => member.seek(time.value))
      all((member) => member.play())
    },
    pause: () => {
      all((member) => member.pause())
      all((member) => member.nudge(1))
      others((member) => member.seek(time.value))
    },
    seek: (seconds) => all((member) => member.seek(seconds)),
    step: (frames) => {
      all((member) => member.pause())
      leader.value?.step(frames)
      others((member) => member.seek(time.value))
    },
    setSpeed: (speed) => all((member) => member.setSpeed(speed)),
    setMuted: (muted) => leader.value?.setMuted(muted),
    join: (member) => {
      const first = members.value.length === 0
      members.value = [...members.value, member]
      if (!first) {
        member.setMuted(true)
        member.setSpeed(leader.value?.speed.value ?? 1)
      }
      return () => {
        members.value = members.value.filter((other) => other !== member)
        leader.value?.setMuted(false)
      }
    },
  }
}

const groupKey: InjectionKey<PlayerGroup> = Symbol('player group')

/** Puts all players below this component into one group, and returns its controls. */
export const providePlayerGroup = (): PlayerGroup => {
  const group = createPlayerGroup()
  provide(groupKey, group)
  return group
}

/**
 * Plays a media element, alone or in the group that a component above provides. `onFrame` is called for each
 * frame of this element that is shown.
 */
export const usePlayer = (
  element: Readonly<Ref<HTMLMediaElement | null>>,
  options: Parameters<typeof useMediaElement>[1],
): Player => {
  const own = useMediaElement(element, options)
  const group = inject(groupKey, null)
  if (group === null) return own
  watch(
    element,
    (media, _, onCleanup) => {
      if (media !== null) onCleanup(group.join(own))
    },
    { immediate: true, flush: 'post' },
  )
  const { play, pause, seek, step, setSpeed, setMuted } = group
  return { ...own, play, pause, seek, step, setSpeed, setMuted }
}
