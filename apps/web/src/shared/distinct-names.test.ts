import { expect, test } from 'vitest'
import { withDistinctNames } from './distinct-names.ts'

test('services with the same title also show their ids, and others only their titles', () => {
  const items = [
    { name: 'Sentiment', service_id: 'shop' },
    { name: 'People', service_id: 'people' },
    { name: 'Sentiment', service_id: 'films' },
  ]
  expect(withDistinctNames(items, (item) => item.service_id).map(({ name }) => name)).toEqual([
    'Sentiment · shop',
    'People',
    'Sentiment · films',
  ])
})
