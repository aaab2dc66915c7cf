// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, expect, test, vi } from 'vitest'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { useSession } from '../session/session.ts'
import { useGroups, useGroupWork } from './use-groups.ts'

afterEach(() => void vi.unstubAllGlobals())

test('groups that were reordered keep their new order when an earlier reading is answered later', async () => {
  let order = ['a', 'b']
  let isHeld = false
  const held: (() => void)[] = []
  vi.stubGlobal('fetch', async (_url: string, { method, body }: { method: string; body: string }) => {
    if (method === 'PUT') order = JSON.parse(body).ids
    // An answer shows the order from when it was made.
    const answer = Response.json({ items: order.map((id) => ({ id })), total: order.length })
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve))
    return answer
  })
  const queries = new QueryClient()
  let work: ReturnType<typeof useGroupWork> | undefined
  let shown = (): (string | undefined)[] => []
  const pinia = createPinia()
  vi.spyOn(useSession(pinia), 'mayEverywhere').mockReturnValue(true)
  const app = createApp({
    setup() {
      const { data } = useGroups()
      shown = () => data.value?.items.map(({ id }) => id) ?? []
      work = useGroupWork()
      return () => null
    },
  })
  app
    .use(pinia)
    .use(VueQueryPlugin, { queryClient: queries })
    .use(createI18n({ legacy: false, locale: 'zh' }))
  app.mount(document.createElement('div'))
  const patience = { timeout: 30_000 }
  await vi.waitFor(() => expect(shown()).toEqual(['a', 'b']), patience)

  isHeld = true
  void queries.invalidateQueries()
  await vi.waitFor(() => expect(held).toHaveLength(1), patience)
  isHeld = false
  await work?.order(['b', 'a'])
  for (const release of held) release()
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0), patience)
  expect(shown()).toEqual(['b', 'a'])
  app.unmount()
  queries.clear()
})
