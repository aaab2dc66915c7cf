import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { defaultQuotas } from './quotas.ts'
import { createStreamPlaces } from './stream-places.ts'

const quotas = defaultQuotas()
quotas.person = { ...quotas.person, streams: 2 }
quotas.administrator = { ...quotas.administrator, streams: 3 }
const network = '192.0.2.1'

test('a person has a number of streams, which their keys share, and gets a place back with each that ends', () => {
  const places = createStreamPlaces(quotas)
  const actor = testActor('viewer')
  const first = places.take({ actor, network })
  places.take({ actor: { ...actor, kind: 'key', key: { id: 'k', name: 'k' } }, network: '192.0.2.9' })
  expect(() => places.take({ actor, network })).toThrow(expect.objectContaining({ code: 'quota.streams' }))
  first()
  first()
  places.take({ actor, network })
  expect(() => places.take({ actor, network })).toThrow(expect.objectContaining({ status: 429 }))
  // Somebody else at the same place is not concerned.
  places.take({ actor: testActor('user', 'other'), network })
})

test('administrators have more', () => {
  const places = createStreamPlaces(quotas)
  const reader = { actor: testActor('admin'), network }
  for (let n = 0; n < 3; n += 1) places.take(reader)
  expect(() => places.take(reader)).toThrow(/3/)
})

test('readers without a sign-in count where they are', () => {
  const places = createStreamPlaces(quotas)
  for (let n = 0; n < 2; n += 1) places.take({ actor: null, network })
  expect(() => places.take({ actor: null, network })).toThrow(/2/)
  places.take({ actor: null, network: '198.51.100.7' })
})
