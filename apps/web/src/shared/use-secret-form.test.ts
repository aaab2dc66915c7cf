import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, effectScope } from 'vue'
import { expect, test } from 'vitest'
import { useSecretForm } from './use-secret-form.ts'

test('a made secret is there until the dialog has closed, and what was typed is cleared with it', async () => {
  const app = createApp({})
  const queryClient = new QueryClient()
  app.use(VueQueryPlugin, { queryClient })
  let typed = 'my key'
  const told: string[] = []
  const scope = effectScope()
  const form = scope.run(() =>
    app.runWithContext(() =>
      useSecretForm({
        make: () => Promise.resolve({ key: `vk-${typed}` }),
        secretIn: ({ key }) => key,
        onMade: ({ key }) => told.push(key),
        clear: () => (typed = ''),
      }),
    ),
  )
  expect(form?.secret).toBe(null)
  form?.submit()
  await expect.poll(() => form?.secret).toBe('vk-my key')
  expect([told, form?.busy]).toEqual([['vk-my key'], false])
  form?.forget()
  await expect.poll(() => form?.secret).toBe(null)
  expect(typed).toBe('')
  await expect.poll(() => queryClient.getMutationCache().getAll()).toEqual([])
  scope.stop()
})
