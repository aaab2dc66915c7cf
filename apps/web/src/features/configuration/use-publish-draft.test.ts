// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, expect, test, vi } from 'vitest'
import { createApp, defineComponent, h, ref } from 'vue'
import { usePublishDraft } from './use-publish-draft.ts'

afterEach(() => void vi.unstubAllGlobals())

const publication = { ids: ['1'], over: {}, reason: '', apply: true, canary: true }
const answer = { message: '', revision: null, task_id: 'trial', golden_examples: 1 }

test('the page that opened the dialog hears of the task of what was published, although the dialog closes', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)))
  const queries = new QueryClient()
  const isOpen = ref(true)
  const followed: unknown[] = []
  let publish: (() => void) | undefined
  const dialog = defineComponent({
    emits: ['saved'],
    setup(_, { emit }) {
      const told = {
        saved: (taskId: string | null, isTried: boolean) => emit('saved', taskId, isTried),
        close: () => (isOpen.value = false),
      }
      publish = usePublishDraft(
        () => 'letters',
        () => publication,
        told,
      ).mutate
      return () => h('p')
    },
  })
  const root = document.createElement('div')
  const app = createApp({
    setup: () => () =>
      isOpen.value ? h(dialog, { onSaved: (...of: unknown[]) => followed.push(of) }) : null,
  })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(root)
  publish?.()
  await vi.waitFor(() => expect(root.querySelector('p')).toBeNull(), { timeout: 30_000 })
  await vi.waitFor(() => expect(queries.isMutating()).toBe(0), { timeout: 30_000 })
  expect(followed).toEqual([['trial', true]])
  app.unmount()
  queries.clear()
})
