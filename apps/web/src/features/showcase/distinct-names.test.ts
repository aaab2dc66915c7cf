import { expect, test } from 'vitest'
import { withDistinctNames } from './distinct-names.ts'

test('services of the same title are told apart by their ids, others keep their titles', () => {
  const items = [
    { name: 'Sentiment', service_id: 'shop' },
    { name: 'People', service_id: 'people' },
    { name: 'Sentiment', service_id: 'films' },
  ]
  expect(withDistinctNames(items).map(({ name }) => name)).toEqual([
    'Sentiment · shop',
    'People',
    'Sentiment · films',
  ])
})
