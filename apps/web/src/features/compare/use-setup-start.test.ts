// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { useSetupStart } from './use-setup-start.ts'

const patience = { timeout: 30_000 }
const comparisonOf = (serviceId: string, input = 'earlier') => ({
  input_data: [input],
  cells: [{ target: { service_id: serviceId, parameters: {} }, run_id: null }],
})

/** What the server answers to a path, or that it refuses. */
let server: Record<string, unknown>
let app: App
let queries: QueryClient
let router: Router
let page: ReturnType<typeof useSetupStart>

beforeEach(() => {
  server = {
    '/showcase': { items: [{ service_id: 'first', name: 'First', way: 'run', sample: null }], total: 1 },
  }
  vi.stubGlobal('fetch', async (url: string) => {
    const path = Object.keys(server).find((known) => new URL(url, 'http://a').pathname.endsWith(known))
    const error = { code: 'request.failed', message: 'failed', details: {}, request_id: 'r' }
    return path === undefined ? Response.json({ error }, { status: 500 }) : Response.json(server[path])
  })
})
afterEach(() => {
  app.unmount()
  queries.clear()
  vi.unstubAllGlobals()
})

const opened = async (address: string) => {
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/compare', component: { render: () => null } }],
  })
  await router.push(address)
  app = createApp({
    setup() {
      page = useSetupStart()
      return () => null
    },
  })
  app.use(VueQueryPlugin, { queryClient: queries }).use(router).mount(document.createElement('div'))
}
const services = () => page.start.value?.columns.map(({ serviceId }) => serviceId)
const begunWith = (...ids: string[]) => vi.waitFor(() => expect(services()).toEqual(ids), patience)
const readAgain = () => queries.invalidateQueries()

test('a comparison that is read again later does not begin anew', async () => {
  server['/comparisons/one'] = comparisonOf('cats')
  await opened('/compare?from=one')
  await begunWith('cats')
  const { start } = page
  const begun = start.value
  server['/comparisons/one'] = comparisonOf('cats', 'changed')
  await readAgain()
  expect(queries.getQueryData(['comparisons', 'one', 'one'])).toMatchObject({ input_data: ['changed'] })
  expect(start.value).toBe(begun)
  delete server['/comparisons/one']
  await readAgain()
  expect(queries.getQueryState(['comparisons', 'one', 'one'])?.status).toBe('error')
  await nextTick()
  expect(start.value).toBe(begun)
})

test('what cannot be read is replaced by the first algorithm of the showcase', async () => {
  await opened('/compare?from=gone')
  await begunWith('first', 'first')
})

test('without an address, two algorithms for the same task are compared, but a named one with itself', async () => {
  const cards = [
    { service_id: 'odd', task: 'other' },
    { service_id: 'cats', task: 'object-detection' },
    { service_id: 'mail', task: 'other' },
    { service_id: 'dogs', task: 'object-detection' },
  ]
  server['/showcase'] = {
    items: cards.map((card) => ({ sample: null, ...card, way: 'run' })),
    total: cards.length,
  }
  await opened('/compare')
  await begunWith('cats', 'dogs')
  await router.push('/compare?service=mail')
  await begunWith('mail', 'mail')
})

test('without two for the same task, the first algorithm with a result begins', async () => {
  const sample = { input: 'mail', kind: 'text', data: 'read' }
  const cards = [
    { service_id: 'odd', task: 'other', way: 'run', sample: null },
    { service_id: 'mail', task: 'other', way: 'run', sample },
  ]
  server['/showcase'] = { items: cards, total: cards.length }
  await opened('/compare')
  await begunWith('mail', 'mail')
})

test('another address begins anew', async () => {
  server['/comparisons/one'] = comparisonOf('cats')
  server['/comparisons/two'] = comparisonOf('dogs')
  await opened('/compare?from=one')
  await begunWith('cats')
  await router.push('/compare?from=two')
  await begunWith('dogs')
  await router.push('/compare?service=faces')
  await begunWith('faces', 'faces')
})
