// @vitest-environment happy-dom
import { effectScope, ref, type EffectScope, type Ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StreamState } from '../api/events.ts'
import { connectionOf, type Connection } from './connection.ts'

let scope: EffectScope
let online: ReturnType<typeof vi.spyOn>
const setNetwork = (isThere: boolean) => {
  online.mockReturnValue(isThere)
  window.dispatchEvent(new Event(isThere ? 'online' : 'offline'))
}
const follow = (stream: Ref<StreamState>): Connection => {
  const found = scope.run(() => connectionOf(stream))
  if (found === undefined) throw new Error('the scope has ended')
  return found
}

beforeEach(() => {
  vi.useFakeTimers()
  online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('a short interruption is not reported, a longer one is, with the time of the last news', () => {
  vi.setSystemTime('2026-03-01T10:00:00Z')
  const stream = ref<StreamState>('open')
  const { state, since } = follow(stream)
  stream.value = 'waiting'
  vi.advanceTimersByTime(3_000)
  expect(state.value).toBe('live')
  stream.value = 'connecting'
  stream.value = 'waiting'
  vi.advanceTimersByTime(1_500)
  expect([state.value, since.value]).toEqual(['lost', new Date('2026-03-01T10:00:00Z')])
  stream.value = 'connecting'
  expect(state.value).toBe('lost')
  stream.value = 'open'
  expect([state.value, since.value]).toEqual(['live', null])
  vi.advanceTimersByTime(10_000)
  expect(state.value).toBe('live')
})

test('without a network a broken stream is reported at once', () => {
  const stream = ref<StreamState>('open')
  const { state } = follow(stream)
  setNetwork(false)
  stream.value = 'waiting'
  expect(state.value).toBe('offline')
  setNetwork(true)
  expect(state.value).toBe('lost')
  stream.value = 'open'
  expect(state.value).toBe('live')
})

test('a server on the same machine needs no network', () => {
  const stream = ref<StreamState>('open')
  const { state } = follow(stream)
  setNetwork(false)
  expect(state.value).toBe('live')
})
