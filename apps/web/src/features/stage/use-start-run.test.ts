// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, type App } from 'vue'
import { useStartRun } from './use-start-run.ts'

const body = { service_id: 'cats', input_data: ['x'], parameters: {} }
let answer: () => void
let opened: string[]
let page: ReturnType<typeof useStartRun>
let queries: QueryClient
let app: App

beforeEach(() => {
  const isAsked = new Promise<void>((resolve) => (answer = resolve))
  vi.stubGlobal('fetch', async () => {
    await isAsked
    return Response.json({ run_id: 'of-cats', events_url: '' })
  })
  opened = []
  queries = new QueryClient()
  app = createApp({
    setup() {
      page = useStartRun(
        (id) => opened.push(id),
        () => [],
      )
      return () => null
    },
  })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(document.createElement('div'))
})
afterEach(() => {
  queries.clear()
  vi.unstubAllGlobals()
})

const answered = async (): Promise<void> => {
  answer()
  await vi.waitFor(() => expect(queries.getMutationCache().getAll()[0]?.state.status).toBe('success'), {
    timeout: 30_000,
  })
}

test('a run that was started on a page is opened there', async () => {
  page.run(body)
  await answered()
  await vi.waitFor(() => expect(opened).toEqual(['of-cats']), { timeout: 30_000 })
  app.unmount()
})

test('a run is not opened on the page to which the person has moved before it began', async () => {
  page.run(body)
  app.unmount()
  await answered()
  expect(opened).toEqual([])
})
