import { effectScope, nextTick, ref } from 'vue'
import { describe, expect, test } from 'vitest'
import { correctionOf, createPlayerGroup } from './player-group.ts'
import type { PlayerMember } from './player.ts'

/** A player that carries out every command at once and records it. */
const fakeMember = (frameRate = 25) => {
  const state = {
    ready: ref(true),
    failed: ref(false),
    playing: ref(false),
    time: ref(0),
    duration: ref(10),
    speed: ref(1),
    muted: ref(false),
    frame: ref<number | null>(0),
  }
  const nudges: number[] = []
  const member: PlayerMember = {
    ...state,
    play: () => (state.playing.value = true),
    pause: () => (state.playing.value = false),
    seek: (seconds) => (state.time.value = seconds),
    step: (frames) => (state.time.value += frames / frameRate),
    setSpeed: (speed) => (state.speed.value = speed),
    setMuted: (muted) => (state.muted.value = muted),
    nudge: (factor) => nudges.push(factor),
  }
  return { member, ...state, nudges }
}
const groupOf = (...members: ReturnType<typeof fakeMember>[]) => {
  const group = effectScope().run(createPlayerGroup)
  if (group === undefined) throw new Error('the scope has ended')
  const leave = members.map(({ member }) => group.join(member))
  return { group, leave }
}

describe('a group of players', () => {
  test('plays, pauses, seeks and changes speed together, and only one is heard', () => {
    const [first, second] = [fakeMember(), fakeMember()]
    const { group } = groupOf(first, second)
    group.seek(3)
    group.setSpeed(2)
    group.play()
    expect([first.time.value, second.time.value]).toEqual([3, 3])
    expect([first.speed.value, second.speed.value]).toEqual([2, 2])
    expect([first.playing.value, second.playing.value]).toEqual([true, true])
    expect([first.muted.value, second.muted.value]).toEqual([false, true])
    group.pause()
    expect([first.playing.value, second.playing.value]).toEqual([false, false])
  })

  test('is at the leader’s place after a frame step and after a pause', () => {
    const [first, second] = [fakeMember(), fakeMember()]
    const { group } = groupOf(first, second)
    second.time.value = 0.3
    group.step(1)
    expect(second.time.value).toBe(first.time.value)
    second.time.value = 5
    group.pause()
    expect(second.time.value).toBe(first.time.value)
  })

  test('brings a member that falls behind back into step while playing', async () => {
    const [first, second] = [fakeMember(), fakeMember()]
    const { group } = groupOf(first, second)
    group.play()
    first.time.value = 1
    second.time.value = 0.4
    await nextTick()
    expect(second.time.value).toBe(1)
    first.time.value = 1.5
    second.time.value = 1.45
    await nextTick()
    expect(second.nudges.at(-1)).toBeGreaterThan(1)
  })

  test('stops as a whole when its leader reaches the end', async () => {
    const [first, second] = [fakeMember(), fakeMember()]
    const { group } = groupOf(first, second)
    group.play()
    await nextTick()
    first.playing.value = false
    await nextTick()
    expect(second.playing.value).toBe(false)
  })

  test('is led by the next member when the leader leaves', () => {
    const [first, second] = [fakeMember(), fakeMember()]
    const { group, leave } = groupOf(first, second)
    second.time.value = 7
    leave[0]?.()
    expect(group.time.value).toBe(7)
    expect(second.muted.value).toBe(false)
  })
})

test('a member is left alone within 0.02 s, plays faster or slower within a few tenths, and jumps above that', () => {
  expect(correctionOf(0.015)).toEqual({ type: 'none' })
  expect(correctionOf(0.1)).toEqual({ type: 'nudge', factor: 1.05 })
  expect(correctionOf(-0.1)).toEqual({ type: 'nudge', factor: 0.95 })
  expect(correctionOf(0.9)).toEqual({ type: 'jump' })
})
