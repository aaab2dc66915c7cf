import { expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'

const those = [{ id: 'a-r1-1' }, { id: 'a-r1-2' }]

/** What counts, at a gateway that has two requests and may be silent. */
function counting() {
  const gateway = { isSilent: false, inFlight: async () => (gateway.isSilent ? Promise.reject(silent) : 2) }
  const silent = new Error('the gateway does not answer')
  const errors: unknown[] = []
  const runsOn = (id: string) => (id === 'a-r1-2' ? 3 : 0)
  const inFlight = createInFlight({ gateway, runsOn, onError: (error) => void errors.push(error) })
  return { gateway, errors, inFlight }
}

test('requests and runs of all instances are counted together', async () => {
  expect(await counting().inFlight(those)).toBe(5)
})

test('what a gateway does not say is unknown and not 0, and is reported once until it answers again', async () => {
  const { gateway, errors, inFlight } = counting()
  gateway.isSilent = true
  expect([await inFlight(those), await inFlight(those)]).toEqual([null, null])
  expect(errors).toHaveLength(1)
  gateway.isSilent = false
  expect(await inFlight(those)).toBe(5)
  gateway.isSilent = true
  await inFlight(those)
  expect(errors).toHaveLength(2)
})
