import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, ref, type EffectScope, type Ref } from 'vue'
import { ApiError, networkError } from '../../api/errors.ts'
import { useGrowingLog } from './use-growing-log.ts'

let scope: EffectScope
let written: string[]
/** What happens before a read is answered. */
let meanwhile: () => void
let reads: number

const follow = (live: Ref<boolean>) => {
  const read = async (after: number) => {
    reads++
    const lines = written.slice(after)
    await Promise.resolve()
    meanwhile()
    return { lines, next: after + lines.length }
  }
  const lines = scope.run(() => useGrowingLog(read, () => live.value))
  if (!lines) throw new Error('the scope has ended')
  return lines
}

beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
  written = ['begins']
  meanwhile = () => undefined
  reads = 0
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

test('a log grows until its end, and is not read any more after it', async () => {
  const live = ref(true)
  const lines = follow(live)
  await vi.advanceTimersByTimeAsync(0)
  expect(lines.value).toEqual(['begins'])
  written.push('goes on')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(lines.value).toEqual(['begins', 'goes on'])
  written.push('ends')
  live.value = false
  await vi.advanceTimersByTimeAsync(0)
  expect(lines.value).toEqual(['begins', 'goes on', 'ends'])
  const before = reads
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reads).toBe(before)
})

test('lines that are written while the last read of a live log is under way are not missing', async () => {
  const live = ref(true)
  const lines = follow(live)
  await vi.advanceTimersByTimeAsync(0)
  meanwhile = () => {
    meanwhile = () => undefined
    written.push('ends')
    live.value = false
  }
  await vi.advanceTimersByTimeAsync(3_000)
  expect(lines.value).toEqual(['begins', 'ends'])
})

test('the last read is tried again while the platform does not answer', async () => {
  let failures = 2
  meanwhile = () => {
    if (failures-- > 0) throw networkError(null)
  }
  const lines = follow(ref(false))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(lines.value).toEqual(['begins'])
})

test('a log that does not exist any more is asked for once', async () => {
  meanwhile = () => {
    throw new ApiError({ code: 'not_found', message: 'gone', status: 404 })
  }
  follow(ref(false))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reads).toBe(1)
})
