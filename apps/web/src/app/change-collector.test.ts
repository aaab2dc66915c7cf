import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { collectChanges, type Changes } from './change-collector.ts'

describe('collecting changes of services', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const collect = (answerMs = 0) => {
    const told: string[][] = []
    const collector = collectChanges(
      async (changes: Changes) => {
        told.push([...changes].map(([id, change]) => `${id} ${change}`))
        if (answerMs > 0) await new Promise((resolve) => setTimeout(resolve, answerMs))
      },
      { soonMs: 30, pauseMs: 250 },
    )
    return { told, collector }
  }

  test('reports one change at once', async () => {
    const { told, collector } = collect()
    collector.add('a', 'changed')
    await vi.advanceTimersByTimeAsync(30)
    expect(told).toEqual([['a changed']])
  })

  test('reports hundreds of simultaneous changes together, and later ones after a pause', async () => {
    const { told, collector } = collect()
    for (let place = 0; place < 200; place++) collector.add(`s${place}`, 'changed')
    await vi.advanceTimersByTimeAsync(30)
    collector.add('later', 'changed')
    await vi.advanceTimersByTimeAsync(200)
    expect(told.map((ids) => ids.length)).toEqual([200])
    await vi.advanceTimersByTimeAsync(50)
    expect(told.map((ids) => ids.length)).toEqual([200, 1])
  })

  test('keeps the last change of a service that changes and is then deleted', async () => {
    const { told, collector } = collect()
    collector.add('a', 'changed')
    collector.add('a', 'deleted')
    await vi.advanceTimersByTimeAsync(30)
    expect(told).toEqual([['a deleted']])
  })

  test('waits until the previous report has been handled, however long that takes', async () => {
    const { told, collector } = collect(5_000)
    collector.add('a', 'changed')
    await vi.advanceTimersByTimeAsync(30)
    collector.add('b', 'changed')
    await vi.advanceTimersByTimeAsync(4_000)
    expect(told).toEqual([['a changed']])
    await vi.advanceTimersByTimeAsync(1_300)
    expect(told).toEqual([['a changed'], ['b changed']])
  })

  test('reports nothing after it is closed', async () => {
    const { told, collector } = collect()
    collector.add('a', 'changed')
    collector.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told).toEqual([])
  })
})
