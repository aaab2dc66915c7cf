import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRounds } from './rounds.ts'

let begun: number
let errors: unknown[]
let took: number[]
let finish: () => void
let hold: boolean
let rounds: ReturnType<typeof createRounds>
beforeEach(() => {
  vi.useFakeTimers()
  begun = 0
  errors = []
  took = []
  hold = false
  rounds = createRounds({
    once: async () => {
      begun += 1
      if (hold) await new Promise<void>((resolve) => (finish = resolve))
    },
    onEnded: (seconds) => took.push(seconds),
    onError: (error) => errors.push(error),
  })
})
afterEach(async () => {
  await rounds.close()
  vi.useRealTimers()
})

test('once started, a round runs every five seconds', async () => {
  rounds.soon()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(begun).toBe(0)
  rounds.start()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(begun).toBe(3)
})

test('many changes at once cause one round soon', async () => {
  rounds.start()
  for (let i = 0; i < 100; i++) rounds.soon()
  await vi.advanceTimersByTimeAsync(200)
  expect(begun).toBe(1)
  await vi.advanceTimersByTimeAsync(4_999)
  expect(begun).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toBe(2)
})

test('a change during a round causes another round after it', async () => {
  rounds.start()
  hold = true
  const first = rounds.now()
  rounds.soon()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(begun).toBe(1)
  hold = false
  finish()
  await first
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toBe(2)
})

test('a call for a round while one runs shares it', async () => {
  hold = true
  const both = Promise.all([rounds.now(), rounds.now()])
  finish()
  await both
  expect(begun).toBe(1)
})

test('a failed round is reported, and the next one still runs', async () => {
  let fails = true
  rounds = createRounds({
    once: async () => {
      begun += 1
      if (fails) throw new Error('database away')
    },
    onEnded: (seconds) => took.push(seconds),
    onError: (error) => errors.push(error),
  })
  rounds.start()
  await vi.advanceTimersByTimeAsync(5_000)
  fails = false
  await vi.advanceTimersByTimeAsync(5_000)
  expect([begun, errors.length]).toEqual([2, 1])
})

test('what a round took is told in seconds, also of one that failed', async () => {
  hold = true
  const first = rounds.now()
  await vi.advanceTimersByTimeAsync(1_500)
  finish()
  await first
  expect(took).toEqual([1.5])
  const failing = createRounds({
    once: () => Promise.reject(new Error('database away')),
    onEnded: (seconds) => took.push(seconds),
    onError: (error) => errors.push(error),
  })
  await expect(failing.now()).rejects.toThrow('database away')
  expect(took).toEqual([1.5, 0])
})

test('closing waits for the current round, and no round runs afterwards', async () => {
  rounds.start()
  hold = true
  void rounds.now()
  let isClosed = false
  const closed = rounds.close().then(() => (isClosed = true))
  await vi.advanceTimersByTimeAsync(20_000)
  expect([begun, isClosed]).toEqual([1, false])
  finish()
  await closed
  expect(begun).toBe(1)
})
