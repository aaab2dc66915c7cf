// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, defineComponent, h, ref, type App } from 'vue'
import { createMemoryHistory, createRouter, useRoute, type Router } from 'vue-router'
import { PageView } from './page-view.ts'

/** A page with something that a person enters in it, here the address at which it was opened. */
const Page = defineComponent(() => {
  const entered = ref(useRoute().path)
  return () => h('p', entered.value)
})
let app: App
let router: Router
let root: HTMLElement

beforeEach(async () => {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/things/:id', component: Page },
      { path: '/guide/:chapter', component: Page },
    ],
  })
  await router.push('/things/cats')
  root = document.createElement('div')
  app = createApp(PageView).use(router)
  app.mount(root)
})
afterEach(() => app.unmount())

const pageAt = async (address: string): Promise<string> => {
  await router.push(address)
  return root.textContent
}

test('text that was entered on the page of one object is not on the page of another', async () => {
  expect(await pageAt('/things/dogs')).toBe('/things/dogs')
})

test('a page stays when another tab or chapter of it is opened', async () => {
  expect(await pageAt('/things/cats?tab=log#end')).toBe('/things/cats')
  await pageAt('/guide/first')
  expect(await pageAt('/guide/second')).toBe('/guide/first')
})
