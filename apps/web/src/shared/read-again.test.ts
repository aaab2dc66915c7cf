import { QueryClient, QueryObserver } from '@tanstack/vue-query'
import { expect, test } from 'vitest'
import { readAgain } from './read-again.ts'

test('a change during the first request is seen: another request follows it', async () => {
  const queries = new QueryClient()
  let stored = 'before'
  const answers: (() => void)[] = []
  const read = async () => {
    const seen = stored
    await new Promise<void>((answer) => answers.push(answer))
    return seen
  }
  const observer = new QueryObserver(queries, { queryKey: ['things', 'list'], queryFn: read })
  const end = observer.subscribe(() => undefined)
  stored = 'after'
  readAgain(queries, ['things'])
  answers[0]?.()
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.()
  await expect.poll(() => observer.getCurrentResult().data).toBe('after')
  end()
})
