// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openEvents, reconnectDelayMs, reopenEvents } from './events.ts'

class Source extends EventTarget {
  static opened: Source[] = []
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  readonly url: string
  constructor(url: string) {
    super()
    this.url = url
    Source.opened.push(this)
  }
  close() {
    this.closed = true
  }
  say(name: string, data: string) {
    this.dispatchEvent(new MessageEvent(name, { data }))
  }
}
const newest = () => {
  const source = Source.opened.at(-1)
  if (source === undefined) throw new Error('nothing was opened')
  return source
}

/** Opens a stream that ends with its test: an open one would follow the network in other tests, too. */
const open: typeof openEvents = (...given) => {
  const stream = openEvents(...given)
  onTestFinished(stream.close)
  return stream
}

beforeEach(() => {
  Source.opened = []
  document.documentElement.lang = 'zh-CN'
  vi.stubGlobal('EventSource', Source)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('an event reaches its handler with parsed data', () => {
  const line = vi.fn()
  open<{ line: { text: string } }>('/services/a/logs/stream?lines=5', { line })
  expect(newest().url).toBe('/api/v1/services/a/logs/stream?lines=5&lang=zh')
  newest().say('line', '{"text":"你好"}')
  expect(line).toHaveBeenCalledExactlyOnceWith({ text: '你好' })
})

test('an event that is not JSON is reported, and the stream continues', () => {
  const line = vi.fn()
  const onError = vi.fn()
  open<{ line: number }>('/x', { line }, { onError })
  newest().say('line', '{')
  newest().say('line', '1')
  expect(onError).toHaveBeenCalledTimes(1)
  expect(line).toHaveBeenCalledExactlyOnceWith(1)
})

test('a broken stream is opened again after a delay that grows until it is open', () => {
  const states: string[] = []
  const attempts: number[] = []
  open(
    '/x',
    {},
    {
      onState: (state) => states.push(state),
      delayMs: (attempt) => {
        attempts.push(attempt)
        return 100
      },
    },
  )
  newest().onerror?.()
  expect(Source.opened).toHaveLength(1)
  expect(newest().closed).toBe(true)
  vi.advanceTimersByTime(100)
  newest().onerror?.()
  vi.advanceTimersByTime(100)
  newest().onopen?.()
  newest().onerror?.()
  expect(Source.opened).toHaveLength(3)
  expect(attempts).toEqual([0, 1, 0])
  expect(states).toEqual(['connecting', 'waiting', 'connecting', 'waiting', 'connecting', 'open', 'waiting'])
})

test('a closed stream stays closed', () => {
  const stream = open('/x', {}, { delayMs: () => 100 })
  newest().onerror?.()
  stream.close()
  vi.advanceTimersByTime(1000)
  expect(Source.opened).toHaveLength(1)
})

test('the delay doubles from half a second to half a minute, and is randomly shortened by up to half', () => {
  expect([0, 1, 2, 6, 50].map((attempt) => reconnectDelayMs(attempt, () => 1))).toEqual([
    500, 1000, 2000, 30_000, 30_000,
  ])
  expect(reconnectDelayMs(2, () => 0)).toBe(1000)
})

test.each(['online', 'offline'])('when the browser goes %s, the stream is opened again at once', (change) => {
  const states: string[] = []
  const own = () => Source.opened.filter(({ url }) => url.includes('/network'))
  const { close } = open('/network', {}, { onState: (state) => states.push(state) })
  const [first] = own()
  first?.onopen?.()
  window.dispatchEvent(new Event(change))
  expect([first?.closed, own().length]).toEqual([true, 2])
  own()[1]?.onopen?.()
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
  close()
  window.dispatchEvent(new Event(change))
  expect(own()).toHaveLength(2)
})

test('after a switch of the language, an open stream is opened again in the new one', () => {
  const own = () => Source.opened.filter(({ url }) => url.includes('/spoken'))
  const { close } = open('/spoken', {})
  document.documentElement.lang = 'en'
  reopenEvents()
  expect(own().map(({ url, closed }) => [url, closed])).toEqual([
    ['/api/v1/spoken?lang=zh', true],
    ['/api/v1/spoken?lang=en', false],
  ])
  close()
  reopenEvents()
  expect(own()).toHaveLength(2)
})
