import { expect, test } from 'vitest'
import { createNetworkRule, runsCutOff } from './network-access.ts'

const settings = (ceiling: 'all' | 'none', canBeCutOff = true) => ({ network: { ceiling, canBeCutOff } })
const instance = (network: 'all' | 'none', listens: 'port' | 'socket' = 'socket') => ({
  serviceId: 'demo',
  network,
  listens,
})
const unavailable = (reason: string) =>
  expect.objectContaining({ code: 'service.network_unavailable', details: { service_id: 'demo', reason } })

test('an instance is cut off if its service states it or the administrator allows no more', () => {
  expect(runsCutOff(settings('all'), instance('all'))).toBe(false)
  expect(runsCutOff(settings('all'), instance('none'))).toBe(true)
  expect(runsCutOff(settings('none'), instance('all'))).toBe(true)
})

test('an instance that must be cut off and cannot be does not run', () => {
  expect(() => runsCutOff(settings('all'), instance('none', 'port'))).toThrow(unavailable('own_server'))
  expect(() => runsCutOff(settings('none'), instance('all', 'port'))).toThrow(unavailable('own_server'))
  expect(() => runsCutOff(settings('all', false), instance('none'))).toThrow(unavailable('sandbox'))
  expect(runsCutOff(settings('all', false), instance('all', 'port'))).toBe(false)
})

test('who asks for more than the ceiling is refused, also if it would not be given', async () => {
  const rule = createNetworkRule(settings('none'), async () => true)
  const asked = { serviceId: 'demo', network: 'all' as const, release: 1 }
  await expect(rule(asked)).rejects.toMatchObject({ code: 'quota.network', status: 422 })
  await rule({ ...asked, network: 'none' })
})

test('who asks for a service with its own server to be cut off is refused, if that is known', async () => {
  const rule = createNetworkRule(settings('all'), async () => false)
  const asked = { serviceId: 'demo', network: 'none' as const }
  await expect(rule({ ...asked, release: 1 })).rejects.toEqual(unavailable('own_server'))
  await rule({ ...asked, release: null })
})
