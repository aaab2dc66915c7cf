import { afterEach, expect, test, vi } from 'vitest'
import { textsOf } from './sse.ts'

afterEach(() => void vi.useRealTimers())

test('between events come heartbeats, however long nothing happens, and none of them leaves a listener', async () => {
  vi.useFakeTimers()
  let give = (_event: string) => {}
  const waiting = new Promise<IteratorResult<string>>((resolve) => {
    give = (value) => resolve({ done: false, value })
  })
  const listened = vi.spyOn(waiting, 'then')
  const answers = [waiting, Promise.reject(new Error('the source failed'))]
  answers[1]?.catch(() => undefined)
  const next = () => answers.shift() ?? Promise.resolve({ done: true as const, value: undefined })
  const texts = textsOf({ [Symbol.asyncIterator]: () => ({ next }) }, (event) => [event, '!'])
  for (const _time of [1, 2, 3]) {
    const text = texts.next()
    await vi.advanceTimersToNextTimerAsync()
    expect((await text).value).toBe(': heartbeat\n\n')
  }
  expect(listened).toHaveBeenCalledTimes(1)
  const text = texts.next()
  give('event')
  expect([(await text).value, (await texts.next()).value]).toEqual(['event', '!'])
  await expect(texts.next()).rejects.toThrow('the source failed')
  expect(vi.getTimerCount()).toBe(0)
})
