// @vitest-environment happy-dom
import { effectScope, type EffectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useComeback } from './use-comeback.ts'

let scope: EffectScope
let isThere: boolean
const ask = vi.fn(async () => {
  if (!isThere) throw new TypeError('no network')
  return new Response()
})
const start = (onBack: () => void): ReturnType<typeof useComeback> => {
  const found = scope.run(() => useComeback(onBack))
  if (found === undefined) throw new Error('the scope has ended')
  return found
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', ask)
  ask.mockClear()
  isThere = true
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a server that did not answer is asked until it does, and the page is loaded again once', async () => {
  const back = vi.fn()
  isThere = false
  const { isAway } = start(back)
  await vi.advanceTimersByTimeAsync(2_000)
  expect([isAway.value, back.mock.calls.length]).toEqual([true, 0])
  isThere = true
  await vi.advanceTimersByTimeAsync(60_000)
  expect(back).toHaveBeenCalledTimes(1)
})

test('when the network is back, the server is asked at once', async () => {
  const back = vi.fn()
  isThere = false
  start(back)
  await vi.advanceTimersByTimeAsync(0)
  isThere = true
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(0)
  expect(back).toHaveBeenCalledTimes(1)
})

test('a page that fails although the server answers is loaded again only when a person asks for it', async () => {
  const back = vi.fn()
  const { isAway, tryNow } = start(back)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([isAway.value, back.mock.calls.length]).toEqual([false, 0])
  tryNow()
  await vi.advanceTimersByTimeAsync(0)
  expect(back).toHaveBeenCalledTimes(1)
})

test('nothing is asked after the page was left', async () => {
  isThere = false
  start(() => undefined)
  await vi.advanceTimersByTimeAsync(0)
  scope.stop()
  const asked = ask.mock.calls.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ask.mock.calls.length).toBe(asked)
})
