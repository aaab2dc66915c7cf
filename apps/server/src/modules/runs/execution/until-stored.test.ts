import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { untilStored } from './until-stored.ts'

// Only the clock is set: what waits does so really, and for a millisecond.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const away = () => Object.assign(new Error('no database'), { code: 'ECONNREFUSED' })

test('what must be stored is stored also if the database was away for longer than a minute', async () => {
  const failures: unknown[] = []
  let attempts = 0
  await untilStored(
    async () => {
      attempts += 1
      vi.advanceTimersByTime(61_000)
      if (attempts < 3) throw away()
    },
    { left: new AbortController().signal, pauseMs: 1, onFailure: (error) => failures.push(error) },
  )
  expect([attempts, failures.length]).toEqual([3, 2])
})

test('a write that the database refused is tried again', async () => {
  let attempts = 0
  await untilStored(
    async () => {
      attempts += 1
      if (attempts === 1) throw new Error('the disk is full')
    },
    { left: new AbortController().signal, pauseMs: 1, onFailure: () => undefined },
  )
  expect(attempts).toBe(2)
})

test('what cannot be stored is left when the control plane stops, without a wait for the next attempt', async () => {
  const leaving = new AbortController()
  const left = untilStored(() => Promise.reject(new Error('the disk is full')), {
    left: leaving.signal,
    pauseMs: 3_600_000,
    onFailure: () => leaving.abort(),
  })
  await expect(left).rejects.toThrow('the disk is full')
})
