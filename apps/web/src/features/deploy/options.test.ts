import { expect, test } from 'vitest'
import { optionsFor } from './options.ts'

const found = { id: 'ai-algorithm', name: 'ai_algorithm' }

test('the form begins with what was found', () => {
  const from = { id: 'title', name: 'docstring' } as const
  expect(optionsFor({ id: 'sentiment', name: 'Sentiment' }, from)).toEqual({
    id: 'sentiment',
    name: 'Sentiment',
    port: null,
  })
})

test('a meaningless name is not used, so the person must enter the id and the title', () => {
  const from = { id: 'placeholder', name: 'placeholder' } as const
  expect(optionsFor(found, from)).toEqual({ id: '', name: '', port: null })
})
