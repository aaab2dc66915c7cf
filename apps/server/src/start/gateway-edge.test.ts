import { expect, test } from 'vitest'
import { parseSettings } from '../config.ts'
import { edgeNotes, edgeOf } from './gateway-edge.ts'

const https = { VITRINE_PUBLIC_URL: 'https://vitrine.example' }

test.each([
  ['no public address', {}, 1_000, 0],
  ['a public address without TLS', { VITRINE_PUBLIC_URL: 'http://vitrine.example' }, 1_000, 0],
  ['a proxy that is named', { ...https, VITRINE_TRUSTED_PROXIES: '10.0.0.1' }, 1_000, 0],
  ['a proxy that nobody has named', https, 100_000, 1],
  ['such a proxy, and a number', { ...https, VITRINE_CONNECTIONS_PER_CLIENT: '50' }, 50, 1],
])(
  '%s: how many connections an address may have, and whether the start has a note',
  (_name, given, many, notes) => {
    const settings = parseSettings(given)
    expect(edgeOf(settings).connections_per_client).toBe(many)
    expect(edgeNotes(settings).length).toBe(notes)
  },
)

test('the gateway answers to the name at which pods of a cluster reach it', () => {
  const settings = parseSettings({
    ...https,
    VITRINE_KUBERNETES_NAMESPACE: 'services',
    VITRINE_KUBERNETES_PLATFORM_URL: 'http://vitrine.vitrine.svc:8000',
  })
  expect(edgeOf(settings).own_names).toContain('vitrine.vitrine.svc')
})
