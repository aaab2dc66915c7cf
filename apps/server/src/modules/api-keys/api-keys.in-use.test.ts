import type { GatewayKeys, RevokedLogins } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { createKeyPublisher } from './api-keys.in-use.ts'

const revoked: RevokedLogins = {
  subject: 'session:s1',
  before_generation: null,
  until: '2026-03-01T08:16:00.000Z',
}

test('a list that the gateway did not get is handed over again until it does, with what is revoked by then', async () => {
  const inForce: RevokedLogins[] = []
  const handedOver: GatewayKeys[] = []
  const failures: unknown[] = []
  let isAway = true
  const publisher = createKeyPublisher({
    apiKeys: { inUse: async () => [] },
    revocations: { inForce: async () => [...inForce] },
    grantsWithoutRuns: async () => [{ userId: 'u1', groupIds: ['g1'] }],
    clock: () => new Date(),
    onKeysChanged: async (keys) => {
      if (isAway) throw new Error('the gateway is away')
      handedOver.push(keys)
    },
    onRetryFailed: (error) => failures.push(error),
  })
  await expect(publisher.publish()).rejects.toThrow('the gateway is away')
  await expect.poll(() => failures.length).toBeGreaterThan(0)
  inForce.push(revoked)
  isAway = false
  await expect.poll(() => handedOver).toHaveLength(1)
  expect(handedOver[0]).toMatchObject({ revoked: [revoked], grants: [{ caller: 'user:u1', groups: ['g1'] }] })
  publisher.close()
})
