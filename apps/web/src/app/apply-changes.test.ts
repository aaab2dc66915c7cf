// @vitest-environment happy-dom
import type { Service } from '@vitrine/contract'
import { QueryClient, QueryObserver } from '@tanstack/vue-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serviceFixture } from '../features/services/service.fixture.ts'
import { applyChanges, withService } from './apply-changes.ts'

type List = { items: Service[]; total: number }
const listKey = ['services', 'list']

/** The server's services, and what was asked of it. */
let there: Service[] = []
let asked: string[] = []
let queries: QueryClient
let stop: () => void

beforeEach(async () => {
  asked = []
  there = Array.from({ length: 20 }, (_, place) => serviceFixture({ id: `s${place}`, name: `s${place}` }))
  vi.stubGlobal('fetch', async (url: string) => {
    const path = url.replace('/api/v1', '')
    asked.push(path)
    if (path === '/services') {
      const answer = Response.json({ items: there, total: there.length })
      // An answer is under way for a moment, and shows what was there when it was made.
      await new Promise((resolve) => setTimeout(resolve, 5))
      return answer
    }
    const service = there.find(({ id }) => path === `/services/${id}`)
    const missing = { error: { code: 'service.not_found', message: '', details: {}, request_id: '' } }
    return service === undefined ? Response.json(missing, { status: 404 }) : Response.json(service)
  })
  queries = new QueryClient()
  const observer = new QueryObserver<List>(queries, {
    queryKey: listKey,
    queryFn: async () => (await fetch('/api/v1/services')).json(),
  })
  stop = observer.subscribe(() => undefined)
  await vi.waitFor(() => expect(queries.getQueryData(listKey)).toBeDefined(), { timeout: 10_000 })
  asked = []
})
afterEach(() => {
  stop()
  queries.clear()
  vi.unstubAllGlobals()
})

const shown = (): Map<string, string> =>
  new Map(queries.getQueryData<List>(listKey)?.items.map(({ id, status }) => [id, status]))
const change = (...ids: string[]) => {
  there = there.map((service) => (ids.includes(service.id) ? { ...service, status: 'STOPPED' } : service))
  return applyChanges(queries, new Map(ids.map((id) => [id, 'changed' as const])))
}

describe('what is shown of services after changes', () => {
  test('is read for the one that changed alone', async () => {
    await change('s3')
    expect(shown().get('s3')).toBe('STOPPED')
    expect(asked).toEqual(['/services/s3'])
  })

  test('is read as a whole, once, where many changed', async () => {
    await change(...there.map(({ id }) => id))
    expect([...shown().values()].every((status) => status === 'STOPPED')).toBe(true)
    expect(asked).toEqual(['/services'])
  })

  test('is without what was deleted, also where its change came first', async () => {
    there = there.filter(({ id }) => id !== 's4' && id !== 's5')
    await applyChanges(
      queries,
      new Map([
        ['s4', 'deleted'],
        ['s5', 'changed'],
      ] as const),
    )
    expect(shown().size).toBe(18)
    expect(queries.getQueryData<List>(listKey)?.total).toBe(18)
  })

  test('has what is new, from the list', async () => {
    there = [...there, serviceFixture({ id: 'new' })]
    await change('new')
    expect(shown().get('new')).toBe('STOPPED')
    expect(asked).toContain('/services')
  })

  test('is read again where a reading was under way: it may have begun before the change', async () => {
    const underWay = queries.refetchQueries({ queryKey: listKey })
    await vi.waitFor(() => expect(asked).toEqual(['/services']), { timeout: 10_000 })
    await change('s3')
    await underWay
    expect(shown().get('s3')).toBe('STOPPED')
    expect(asked).toEqual(['/services', '/services'])
  })
})

test('a list keeps its order and every other service the same object', () => {
  const items = [serviceFixture({ id: 'a' }), serviceFixture({ id: 'b' }), serviceFixture({ id: 'c' })]
  const list = { items, total: 3 }
  const next = withService(list, 'b', serviceFixture({ id: 'b', name: 'new' }))
  expect(next?.items.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(next?.items[0]).toBe(items[0])
  expect(withService(list, 'b', null)?.items.map(({ id }) => id)).toEqual(['a', 'c'])
  expect(withService(list, 'unknown', null)).toBe(list)
})
