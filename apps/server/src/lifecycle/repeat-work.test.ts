import { expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { gate } from '../../../../tests/support/gate.ts'
import { waitFor } from '../lib/wait-for.ts'
import { repeatWork } from './repeat-work.ts'

const hour = 3_600_000

test('each piece of work is done right after the start, and one that fails does not stop the others', async () => {
  const done: string[] = []
  const logged: unknown[] = []
  const broken = async () => {
    done.push('broken')
    throw new Error('no room')
  }
  const logger = { error: (...line: unknown[]) => void logged.push(line) }
  const repeated = repeatWork({ broken, good: async () => done.push('good') }, { logger, everyMs: hour })
  await waitFor(() => done.length === 2, { timeoutMs: patienceMs })
  await repeated.close()
  expect(done).toEqual(['broken', 'good'])
  expect(logged).toEqual([[{ err: new Error('no room') }, 'broken']])
})

test('the work is repeated, and never twice at the same time', async () => {
  let [rounds, atOnce, most] = [0, 0, 0]
  const work = async () => {
    atOnce += 1
    most = Math.max(most, atOnce)
    // Longer than the interval.
    await new Promise((resolve) => setTimeout(resolve, 10))
    atOnce -= 1
    rounds += 1
  }
  const repeated = repeatWork({ work }, { logger: { error: () => {} }, everyMs: 1 })
  expect(await waitFor(() => rounds >= 3, { timeoutMs: patienceMs })).toBe(true)
  await repeated.close()
  expect(most).toBe(1)
})

test('nothing is done after closing, which waits for the current piece', async () => {
  const done: string[] = []
  const begun = gate()
  const end = gate()
  const first = async () => {
    begun.open()
    await end.passed
    done.push('first')
  }
  const works = { first, second: async () => done.push('second') }
  const repeated = repeatWork(works, { logger: { error: () => {} }, everyMs: hour })
  await begun.passed
  const closed = repeated.close().then(() => done.push('closed'))
  end.open()
  await closed
  expect(done).toEqual(['first', 'closed'])
})

test('a slow round is followed by the next one at its time, and not by all that were due meanwhile', async () => {
  vi.useFakeTimers()
  try {
    let rounds = 0
    const slow = gate()
    const work = async () => {
      rounds += 1
      if (rounds === 1) await slow.passed
    }
    const repeated = repeatWork({ work }, { logger: { error: () => {} }, everyMs: 1_000 })
    await vi.advanceTimersByTimeAsync(10_500)
    expect(rounds).toBe(1)
    slow.open()
    await vi.advanceTimersByTimeAsync(0)
    expect(rounds).toBe(1)
    await vi.advanceTimersByTimeAsync(500)
    expect(rounds).toBe(2)
    await repeated.close()
  } finally {
    vi.useRealTimers()
  }
})

test('a piece of work that hangs keeps neither the others nor the end waiting, and is not begun a second time', async () => {
  vi.useFakeTimers()
  try {
    const begun: string[] = []
    const logged: unknown[][] = []
    const hanging = () => {
      begun.push('hanging')
      return new Promise<never>(() => {})
    }
    const works = { hanging, good: async () => void begun.push('good') }
    const logger = { error: (...line: unknown[]) => void logged.push(line) }
    const repeated = repeatWork(works, { logger, everyMs: hour })
    await vi.advanceTimersByTimeAsync(hour - 1)
    expect(begun).toEqual(['hanging', 'good'])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun).toEqual(['hanging', 'good', 'good'])
    expect(logged).toEqual([[expect.objectContaining({ work: 'hanging' }), expect.any(String)]])
    let isClosed = false
    const closed = repeated.close().then(() => (isClosed = true))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(isClosed).toBe(true)
    await closed
  } finally {
    vi.useRealTimers()
  }
})
