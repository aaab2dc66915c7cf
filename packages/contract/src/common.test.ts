import { expect, test } from 'vitest'
import { newSlug, slug } from './common.ts'

test.each(['logs', 'config', 'status', 'deploy'])(
  'nothing new may be called %s, which stands for something else beside the services',
  (word) => {
    expect(newSlug.safeParse(word).error?.issues[0]?.message).toBe('this word is reserved')
    // What has the name already is still found by it.
    expect(slug.safeParse(word).success).toBe(true)
  },
)

test('a word that only begins like a reserved one may be given', () => {
  expect(newSlug.safeParse('config-2').success).toBe(true)
})
