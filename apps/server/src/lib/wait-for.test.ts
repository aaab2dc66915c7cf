import { expect, test, vi } from 'vitest'
import { waitFor } from './wait-for.ts'

test('the first real answer is returned, at once or later', async () => {
  const answers = [null, undefined, false, 0]
  expect(await waitFor(() => answers.shift(), { timeoutMs: 5_000, everyMs: 1 })).toBe(0)
  expect(answers).toEqual([])
  expect(await waitFor(async () => '', { timeoutMs: 0 })).toBe('')
})

test('after the timeout the result is null, and the question was asked at least once', async () => {
  let asked = 0
  expect(await waitFor(() => (asked++, null), { timeoutMs: 0 })).toBeNull()
  expect(asked).toBe(1)
  expect(await waitFor(() => (asked++, null), { timeoutMs: 30, everyMs: 1 })).toBeNull()
  expect(asked).toBeGreaterThan(2)
})

test('an abort rejects, both before the first question and between two', async () => {
  await expect(waitFor(() => null, { timeoutMs: 5_000, signal: AbortSignal.abort() })).rejects.toThrow()
  const abort = new AbortController()
  const ask = () => {
    setImmediate(() => abort.abort())
    return null
  }
  await expect(waitFor(ask, { timeoutMs: 60_000, everyMs: 60_000, signal: abort.signal })).rejects.toThrow()
})

test('an error of the question rejects the wait', async () => {
  const ask = async () => {
    throw new Error('no')
  }
  await expect(waitFor(ask, { timeoutMs: 5_000 })).rejects.toThrow('no')
})

test('a time of day that jumps ends no wait', async () => {
  let asked = 0
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => asked * 3_600_000)
  try {
    expect(await waitFor(() => ++asked === 3, { timeoutMs: 5_000, everyMs: 1 })).toBe(true)
  } finally {
    clock.mockRestore()
  }
})
