// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useOpenPage } from './use-open-page.ts'

const opened = async () => {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/deploy', '/tasks'].map((path) => ({ path, component: { render: () => null } })),
  })
  await router.push('/deploy')
  let openPage = async (_to: string): Promise<void> => undefined
  const Page = defineComponent(() => {
    openPage = useOpenPage()
    return () => null
  })
  const isThere = ref(true)
  const app = createApp({ render: () => (isThere.value ? h(Page) : null) }).use(router)
  app.mount(document.createElement('div'))
  const leave = () => {
    isThere.value = false
    return nextTick()
  }
  return { app, leave, here: () => router.currentRoute.value.path, openPage: (to: string) => openPage(to) }
}

test('a page opens the next one when its answer has come', async () => {
  const { app, here, openPage } = await opened()
  await openPage('/tasks')
  expect(here()).toBe('/tasks')
  app.unmount()
})

test('an answer that comes after its page has been left opens nothing', async () => {
  const { app, leave, here, openPage } = await opened()
  await leave()
  await openPage('/tasks')
  expect(here()).toBe('/deploy')
  app.unmount()
})
