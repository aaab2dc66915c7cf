// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest'
import { createApp, nextTick, type App, type Ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { LogChoice } from './log-query.ts'
import { useLogChoice } from './use-log-choice.ts'

let app: App | undefined
afterEach(() => app?.unmount())

const opened = async (address: string) => {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/services/:id', component: { render: () => null } }],
  })
  await router.push(address)
  let choice: Ref<LogChoice> | undefined
  app = createApp({
    setup() {
      choice = useLogChoice()
      return () => null
    },
  }).use(router)
  app.mount(document.createElement('div'))
  if (choice === undefined) throw new Error('the page has not begun')
  return { router, choice }
}

test('the log of one instance is opened by a link, also where another one is open', async () => {
  const { router, choice } = await opened('/services/cats?tab=log&replica=2')
  expect(choice.value.replica).toBe(2)
  choice.value.q = 'error'
  await router.push('/services/cats?tab=log&replica=3')
  await nextTick()
  expect([choice.value.replica, choice.value.q]).toEqual([3, 'error'])
  await router.push('/services/cats?tab=log')
  await nextTick()
  expect(choice.value.replica).toBe('all')
})

test('the instance that is chosen on the page is in the address, so that a link to another one leads there', async () => {
  const { router, choice } = await opened('/services/cats?tab=log&replica=2')
  const arrived = new Promise<string>((resolve) => router.afterEach((to) => resolve(to.fullPath)))
  choice.value.replica = 3
  expect(await arrived).toBe('/services/cats?tab=log&replica=3')
  await router.push('/services/cats?tab=log&replica=2')
  await nextTick()
  expect(choice.value.replica).toBe(2)
})
