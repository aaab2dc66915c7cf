import { MutationObserver, QueryClient } from '@tanstack/vue-query'
import { expect, test } from 'vitest'
import { secretAnswer } from './secret-answer.ts'

test('a secret does not stay in the cache after the page has forgotten it', async () => {
  const client = new QueryClient()
  const create = new MutationObserver(client, { ...secretAnswer, mutationFn: async () => 'vk-secret' })
  const leave = create.subscribe(() => {})
  expect(await create.mutate()).toBe('vk-secret')
  create.reset()
  await expect.poll(() => client.getMutationCache().getAll()).toEqual([])
  leave()
})
