// @vitest-environment happy-dom
import type { Service } from '@vitrine/contract'
import { QueryClient, QueryObserver } from '@tanstack/vue-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serviceFixture } from '../features/services/service.fixture.ts'
import { applyChanges, withServices } from './apply-changes.ts'

type List = { items: Service[]; total: number }
const listKey = ['services', 'list']

/** The services of the server, and the requests that it got. */
let there: Service[] = []
let asked: string[] = []
let queries: QueryClient
let stop: () => void

beforeEach(async () => {
  asked = []
  there = Array.from({ length: 120 }, (_, place) => serviceFixture({ id: `s${place}`, name: `s${place}` }))
  vi.stubGlobal('fetch', async (url: string) => {
    const ids = new URL(url, 'http://localhost').searchParams.get('ids')
    asked.push(ids ?? 'all')
    const items = ids === null ? there : there.filter(({ id }) => ids.split(',').includes(id))
    const answer = Response.json({ items, total: items.length })
    // An answer takes a moment, and shows the services from when it was made.
    await new Promise((resolve) => setTimeout(resolve, 5))
    return answer
  })
  queries = new QueryClient()
  const observer = new QueryObserver<List>(queries, {
    queryKey: listKey,
    queryFn: async () => (await fetch('/api/v1/services')).json(),
  })
  stop = observer.subscribe(() => undefined)
  await vi.waitFor(() => expect(queries.getQueryData(listKey)).toBeDefined(), { timeout: 30_000 })
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

describe('what the pages show of services after changes', () => {
  test('is read with one request, for the changed services only', async () => {
    await change('s3', 's5', 's7', 's9', 's11', 's13', 's15', 's17')
    expect(shown().get('s3')).toBe('STOPPED')
    expect(shown().get('s17')).toBe('STOPPED')
    expect(asked).toEqual(['s3,s5,s7,s9,s11,s13,s15,s17'])
  })

  test('is read as a whole, once, if more changed than one request can name', async () => {
    await change(...there.map(({ id }) => id))
    expect([...shown().values()].every((status) => status === 'STOPPED')).toBe(true)
    expect(asked).toEqual(['all'])
  })

  test('does not include deleted services, even if another change of them came first', async () => {
    there = there.filter(({ id }) => id !== 's4' && id !== 's5')
    await applyChanges(
      queries,
      new Map([
        ['s4', 'deleted'],
        ['s5', 'changed'],
      ] as const),
    )
    expect(shown().size).toBe(118)
    expect(queries.getQueryData<List>(listKey)?.total).toBe(118)
  })

  test('includes new services, which come from the list', async () => {
    there = [...there, serviceFixture({ id: 'new' })]
    await change('new')
    expect(shown().get('new')).toBe('STOPPED')
    expect(asked).toContain('all')
  })

  test('is read again if a request was already running, because it may have begun before the change', async () => {
    const underWay = queries.refetchQueries({ queryKey: listKey })
    await vi.waitFor(() => expect(asked).toEqual(['all']), { timeout: 30_000 })
    await change('s3')
    await underWay
    expect(shown().get('s3')).toBe('STOPPED')
    expect(asked).toEqual(['all', 'all'])
  })
})

test('a list keeps its order, and the same object for every other service', () => {
  const items = [serviceFixture({ id: 'a' }), serviceFixture({ id: 'b' }), serviceFixture({ id: 'c' })]
  const list = { items, total: 3 }
  const next = withServices(list, new Map([['b', serviceFixture({ id: 'b', name: 'new' })]]))
  expect(next?.items.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(next?.items[0]).toBe(items[0])
  expect(withServices(list, new Map([['b', null]]))?.items.map(({ id }) => id)).toEqual(['a', 'c'])
  expect(withServices(list, new Map([['unknown', null]]))).toBe(list)
})
