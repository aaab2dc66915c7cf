// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { queryValue, useUrlFilter, useUrlState, withQueryValue } from './use-url-state.ts'

describe('a value in the address', () => {
  test('is read, with a default', () => {
    expect(queryValue({ q: '文本' }, 'q', '')).toBe('文本')
    expect(queryValue({}, 'q', '')).toBe('')
    expect(queryValue({ q: ['a', 'b'] }, 'q', '')).toBe('')
    expect(queryValue({ q: null }, 'q', 'x')).toBe('x')
  })

  test('is the default if it is not allowed', () => {
    expect(queryValue({ tab: 'log' }, 'tab', 'overview', ['overview', 'log'])).toBe('log')
    expect(queryValue({ tab: 'nonsense' }, 'tab', 'overview', ['overview', 'log'])).toBe('overview')
  })

  test('is written next to the others, and removed if it is the default', () => {
    expect(withQueryValue({ a: '1' }, 'q', 'x', '')).toEqual({ a: '1', q: 'x' })
    expect(withQueryValue({ a: '1', q: 'x' }, 'q', '', '')).toEqual({ a: '1' })
  })
})

describe('values that are written at once', () => {
  const opened = async (address: string) => {
    const router = createRouter({
      history: createMemoryHistory(),
      routes: ['/ports', '/calls'].map((path) => ({ path, component: { render: () => null } })),
    })
    await router.push(address)
    const app = createApp({ render: () => null }).use(router)
    const use = <Value>(make: () => Value): Value => app.runWithContext(make)
    /** Ends with the navigation of the last change. */
    const arrived = () =>
      new Promise<string>((resolve) => {
        const stop = router.afterEach((to, _from, failure) => {
          if (failure) return
          stop()
          resolve(to.fullPath)
        })
      })
    return { router, use, arrived }
  }

  test('all stand in the address, and what was there stays', async () => {
    const { use, arrived } = await opened('/ports?kind=instance&state=taken&view=map#rows')
    const [kind, state, q] = use(() => [
      useUrlState('kind', 'all'),
      useUrlState('state', 'all'),
      useUrlState('q', ''),
    ])
    kind.value = 'all'
    state.value = 'free'
    q.value = '21000'
    expect(await arrived()).toBe('/ports?view=map&state=free&q=21000#rows')
  })

  test('are merged while the first one is still on its way', async () => {
    const { router, use, arrived } = await opened('/ports')
    let letPass = () => {}
    const gate = new Promise<void>((resolve) => (letPass = resolve))
    router.beforeEach(() => gate)
    const [kind, q] = use(() => [useUrlState('kind', 'all'), useUrlState('q', '')])
    kind.value = 'instance'
    await Promise.resolve()
    q.value = 'ocr'
    const end = arrived()
    letPass()
    expect(await end).toBe('/ports?kind=instance&q=ocr')
  })

  test('do not come along to another page', async () => {
    const { router, use, arrived } = await opened('/ports')
    const q = use(() => useUrlState('q', ''))
    q.value = 'ocr'
    const end = arrived()
    void router.push('/calls')
    expect(await end).toBe('/calls')
    q.value = 'faces'
    expect(await arrived()).toBe('/calls?q=faces')
  })

  test('do not keep another page from being opened', async () => {
    const { router, use, arrived } = await opened('/ports')
    let letPass = () => {}
    const gate = new Promise<void>((resolve) => (letPass = resolve))
    router.beforeResolve(() => gate)
    const q = use(() => useUrlState('q', ''))
    const end = arrived()
    const beforeGate = new Promise<void>((resolve) => router.beforeEach(() => resolve()))
    void router.push('/calls')
    await beforeGate
    q.value = 'ocr'
    letPass()
    expect(await end).toBe('/calls')
    q.value = 'faces'
    expect(await arrived()).toBe('/calls?q=faces')
  })

  test('are written again after another page could not be opened', async () => {
    const { router, use, arrived } = await opened('/ports')
    const q = use(() => useUrlState('q', ''))
    const stop = router.beforeEach(({ path }) => {
      if (path === '/calls') throw new Error('its code could not be loaded')
    })
    router.onError(() => {})
    await expect(router.push('/calls')).rejects.toThrow('could not be loaded')
    stop()
    q.value = 'ocr'
    expect(await arrived()).toBe('/ports?q=ocr')
  })

  test('begin a filtered list on its first page', async () => {
    const { use, arrived } = await opened('/calls?page=3&status=5xx&span=nonsense')
    const { filter, page, set } = use(() =>
      useUrlFilter(['status', 'span'], { status: '', span: '' }, { span: ['', '1h'] }),
    )
    expect([page.value, filter.value]).toEqual([3, { status: '5xx', span: '' }])
    set({ span: '1h' })
    expect(await arrived()).toBe('/calls?status=5xx&span=1h')
  })
})
