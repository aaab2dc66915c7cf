// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useOpenPage } from './use-open-page.ts'

const opened = async () => {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/deploy', '/tasks'].map((path) => ({ path, component: { render: () => null } })),
  })
  await router.push('/deploy')
  let openPage = async (_to: string): Promise<void> => undefined
  const app = createApp({
    setup() {
      openPage = useOpenPage()
      return () => null
    },
  }).use(router)
  app.mount(document.createElement('div'))
  return { app, here: () => router.currentRoute.value.path, openPage: (to: string) => openPage(to) }
}

test('a page opens the next one when its answer has come', async () => {
  const { app, here, openPage } = await opened()
  await openPage('/tasks')
  expect(here()).toBe('/tasks')
  app.unmount()
})

test('an answer that comes after its page has been left opens nothing', async () => {
  const { app, here, openPage } = await opened()
  app.unmount()
  await openPage('/tasks')
  expect(here()).toBe('/deploy')
})
