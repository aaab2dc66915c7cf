// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { taskKey, useTask, useTaskEnd } from './use-task.ts'

class Stream extends EventTarget {
  static opened: Stream[] = []
  constructor() {
    super()
    Stream.opened.push(this)
  }
  close() {}
}

afterEach(() => void vi.unstubAllGlobals())

test('a task that has ended stays so when a reading from before its end is answered later', async () => {
  let answer = (): void => undefined
  const isAwaited = new Promise<void>((resolve) => (answer = resolve))
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('fetch', async () => {
    await isAwaited
    return Response.json({ id: 'one', state: 'running' })
  })
  const queries = new QueryClient()
  let task: ReturnType<typeof useTask> | undefined
  const app = createApp({
    setup() {
      task = useTask('one')
      return () => null
    },
  })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(document.createElement('div'))
  const ended = JSON.stringify({ id: 'one', state: 'succeeded' })
  Stream.opened.at(-1)?.dispatchEvent(new MessageEvent('task', { data: ended }))
  answer()
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0), { timeout: 30_000 })
  expect(task?.data.value?.state).toBe('succeeded')
  app.unmount()
  queries.clear()
})

test('a task that had ended before it was followed has ended too', () => {
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('fetch', () => new Promise(() => undefined))
  const queries = new QueryClient()
  queries.setQueryData(['tasks', 'one', 'one'], { id: 'one', state: 'succeeded' })
  const ended: unknown[] = []
  const app = createApp({
    setup() {
      useTaskEnd('one', (task) => ended.push(task?.state))
      return () => null
    },
  })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(document.createElement('div'))
  expect(ended).toEqual(['succeeded'])
  app.unmount()
  queries.clear()
})

test('a task is called after what it does, and a batch after what it does to its services', () => {
  expect(taskKey({ kind: 'service.deploy' })).toBe('tasks.kind.deploy')
  expect(taskKey({ kind: 'code.move' })).toBe('tasks.kind.move')
  expect(taskKey({ kind: 'service.batch', batch: { action: 'stop', total: 3 } })).toBe('batch.doing.stop')
})
