// @vitest-environment happy-dom
import { QueryClient, QueryObserver, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { useSession } from '../features/session/session.ts'
import { useLiveEvents } from './use-live-events.ts'

class Stream extends EventTarget {
  static opened: Stream[] = []
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor() {
    super()
    Stream.opened.push(this)
  }
  close() {}
  ready() {
    this.onopen?.()
    this.tell('ready', {})
  }
  tell(event: string, data: object) {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }))
  }
}

/** The present answer of the server. */
let there = 'before'
/** Answers each waiting request with the data from the time of the request. */
let answers: (() => void)[] = []
let mayFollow = true
/** How often the session was checked. */
let checks = 0
let queries: QueryClient
let close: () => void

/** A page that shows what it reads under a key. */
function show(key: readonly string[]) {
  const page = new QueryObserver<string>(queries, {
    queryKey: key,
    queryFn: () => {
      const answer = there
      return new Promise((resolve) => answers.push(() => resolve(answer)))
    },
  })
  const stop = page.subscribe(() => undefined)
  const before = close
  close = () => {
    stop()
    before()
  }
  return () => page.getCurrentResult().data
}
const answer = () => answers.splice(0).forEach((give) => give())

/** Opens the pages of a person. */
function open() {
  const app = createApp({
    setup() {
      const user = { id: 'one', username: 'one', role: 'viewer' as const, name: 'one' }
      const session = useSession()
      session.$patch({ user })
      session.check = async () => void (checks += 1)
      session.may = (permission) => permission === 'services.read' && mayFollow
      useLiveEvents()
      return () => null
    },
  })
  app.use(createPinia()).use(VueQueryPlugin, { queryClient: queries })
  app.mount(document.createElement('div'))
  close = () => app.unmount()
}

beforeEach(() => {
  there = 'before'
  mayFollow = true
  checks = 0
  answers = []
  Stream.opened = []
  vi.stubGlobal('EventSource', Stream)
  queries = new QueryClient()
  open()
})
afterEach(() => {
  close()
  queries.clear()
  vi.unstubAllGlobals()
})

test('somebody who may read no services has a stream too, whose end tells of a grant', () => {
  close()
  Stream.opened = []
  mayFollow = false
  open()
  expect(Stream.opened).toHaveLength(1)
})

test('when its stream ends and is back, a page checks whether its session is still valid and what it permits', () => {
  const [stream] = Stream.opened
  stream?.ready()
  expect(checks).toBe(0)
  stream?.onerror?.()
  expect(checks).toBe(1)
  stream?.ready()
  expect(checks).toBe(2)
})

test('what somebody may do has changed: pages read again, but not when they sign out', async () => {
  const shown = show(['comparisons', 'list'])
  answer()
  await vi.waitFor(() => expect(shown()).toBe('before'), { timeout: 30_000 })
  const session = useSession()
  session.$patch({ user: { role: 'user' } })
  await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 30_000 })
  answer()
  session.$patch({ user: null })
  // All that follows from it has happened when the next timer is due.
  await new Promise((resolve) => setTimeout(resolve))
  expect(answers).toHaveLength(0)
})

const pages = [
  ['services', 'list'],
  ['showcase', 'list'],
  ['tasks', 'list'],
]

test.each(pages)(
  'what changes between the first reading of %s and the opening of the stream is shown',
  async (...key) => {
    const shown = show(key)
    answer()
    await vi.waitFor(() => expect(shown()).toBe('before'), { timeout: 30_000 })
    there = 'after'
    Stream.opened.at(-1)?.ready()
    await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 30_000 })
    answer()
    await vi.waitFor(() => expect(shown()).toBe('after'), { timeout: 30_000 })
  },
)

test('a first request in progress when the stream opens is followed by another one', async () => {
  const shown = show(['showcase', 'list'])
  there = 'after'
  Stream.opened.at(-1)?.ready()
  answer()
  await vi.waitFor(() => expect(shown()).toBe('before'), { timeout: 30_000 })
  await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 30_000 })
  answer()
  await vi.waitFor(() => expect(shown()).toBe('after'), { timeout: 30_000 })
})

test('the history on a page is read again once its new records are stored', async () => {
  const shown = show(['services', 'history', 'demo', '20'])
  const stream = Stream.opened.at(-1)
  stream?.ready()
  answer()
  await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 30_000 })
  answer()
  await vi.waitFor(() => expect(shown()).toBe('before'), { timeout: 30_000 })
  there = 'after'
  stream?.tell('history', { service_id: 'other' })
  stream?.tell('history', { service_id: 'demo' })
  await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 30_000 })
  answer()
  await vi.waitFor(() => expect(shown()).toBe('after'), { timeout: 30_000 })
})
