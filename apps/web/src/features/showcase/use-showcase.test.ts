// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { readShowcase } from './use-showcase.ts'

afterEach(() => vi.unstubAllGlobals())

test('the page reads every algorithm, also beyond the largest page of the API', async () => {
  const all = Array.from({ length: 1_203 }, (_, number) => ({ service_id: `service-${number}` }))
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { searchParams } = new URL(url, 'http://platform')
    const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('page_size'))]
    asked.push(`${page} ${searchParams.get('q')}`)
    return Response.json({ items: all.slice((page - 1) * size, page * size), total: all.length })
  })
  const { items, total } = await readShowcase('cat', new AbortController().signal)
  expect([items, total]).toEqual([all, all.length])
  expect(asked).toEqual(['1 cat', '2 cat', '3 cat'])
})
