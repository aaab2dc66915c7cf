import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createTestApp, testActor } from '../../../../tests/support/test-app.ts'
import { sendEventsOf, textsOf } from './sse.ts'

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

test('the reader of a stream is looked at twice, and the stream is one request of theirs', async () => {
  const authenticate = vi.fn(async () => testActor('viewer'))
  const countRequest = vi.fn()
  const app = await createTestApp({}, null, { authenticate, countRequest })
  onTestFinished(() => app.close())
  app.get('/stream', { config: { access: 'public' }, sse: true }, (request, reply) =>
    sendEventsOf(request, reply, async function* () {
      yield [{ event: 'said', data: 'once' }]
    }),
  )
  const answer = await app.inject({ url: '/stream', headers: { accept: 'text/event-stream' } })
  expect(answer.body).toContain('once')
  expect([authenticate.mock.calls.length, countRequest.mock.calls.length]).toEqual([2, 1])
})
