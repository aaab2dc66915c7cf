import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { adaptiveLimit } from './adaptive-limit.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that ends when the test says so, and a count of how many pieces run at once. */
function stage() {
  const ends: (() => void)[] = []
  let running = 0
  return {
    ends,
    running: () => running,
    work: async () => {
      running += 1
      await new Promise<void>((resolve) => ends.push(resolve))
      running -= 1
    },
  }
}

/** Lets everything happen that needs no time. */
const settled = () => vi.advanceTimersByTimeAsync(0)

test('each quick piece allows two more to run at once, up to the maximum', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 2, most: 5, slowMs: 60_000 })
  const all = Promise.all(Array.from({ length: 30 }, () => run(work)))
  await settled()
  expect(running()).toBe(2)
  ends.shift()?.()
  await settled()
  expect(running()).toBe(4)
  for (let ended = 1; ended < 30; ended++) {
    ends.shift()?.()
    await settled()
    expect(running()).toBe(Math.min(5, 29 - ended))
  }
  await all
})

test('if all pieces are slow, the number that run at once does not grow', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 2, most: 50, slowMs: 20 })
  const all = Promise.all(Array.from({ length: 6 }, () => run(work)))
  for (let ended = 0; ended < 6; ended++) {
    await vi.advanceTimersByTimeAsync(40)
    expect(running()).toBe(Math.min(2, 6 - ended))
    ends.shift()?.()
  }
  await all
})

test('a piece that takes longer only because more run beside it is not slow', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 1, most: 3, slowMs: 100 })
  const all = Promise.all(Array.from({ length: 9 }, () => run(work)))
  await settled()
  expect(running()).toBe(1)
  ends.shift()?.()
  await settled()
  expect(running()).toBe(3)
  // Longer than the limit for one piece alone, but shorter than the limit for one of three.
  await vi.advanceTimersByTimeAsync(150)
  for (let ended = 1; ended < 6; ended++) {
    ends.shift()?.()
    await settled()
    expect(running()).toBe(3)
  }
  for (const end of ends) end()
  await all
})

test('a piece that fails gives its place to the next', async () => {
  const run = adaptiveLimit({ first: 1, most: 1, slowMs: 60_000 })
  await expect(run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await run(async () => 'next')).toBe('next')
})
