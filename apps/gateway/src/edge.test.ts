import { plainEdge } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { Edge, type Claims } from './edge.ts'

const nothing: Claims = {
  host: '127.0.0.1:8000',
  forwardedFor: undefined,
  forwardedProto: undefined,
  forwardedHost: undefined,
}
const proxies = ['127.0.0.1', '10.1.0.0/16', 'fd00::/8']
const clientOf = (peer: string, claims: Partial<Claims>, part: Partial<typeof plainEdge> = {}) =>
  new Edge({ ...plainEdge, trusted_proxies: proxies, ...part }).clientOf(peer, { ...nothing, ...claims })

describe('the address of a client', () => {
  test.each([
    ['is the peer’s if nothing is claimed', '127.0.0.1', undefined, '127.0.0.1'],
    ['is the one that the proxy names', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['is the last one, for the client wrote the others', '127.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['is the last one that is no proxy', '10.1.2.3', '1.1.1.1,203.0.113.7,10.1.9.9', '203.0.113.7'],
    ['is the first proxy’s if all are proxies', '127.0.0.1', '10.1.0.7, 10.1.0.8', '10.1.0.7'],
    ['is the peer’s own if it is no proxy', '10.2.0.1', '203.0.113.7', '10.2.0.1'],
    ['is read without a port', '127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['may be of IPv6, with brackets and port', 'fd00::1', '[2001:DB8:0:0::7]:4711', '2001:db8::7'],
    ['may be of IPv6, without brackets', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['of IPv4 in the form of IPv6 is one of IPv4', '::ffff:127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['is that of the last proxy if its entry is no address', '127.0.0.1', '1.1.1.1, unknown', '127.0.0.1'],
    ['is that of the proxy before an entry that is no address', '127.0.0.1', 'unknown, 10.1.0.8', '10.1.0.8'],
    ['is the proxy’s if the list is empty', '127.0.0.1', '', '127.0.0.1'],
    ['is not one with a zone', '127.0.0.1', 'fe80::1%eth0', '127.0.0.1'],
  ])('%s', (_name, peer, forwardedFor, address) => {
    expect(clientOf(peer, { forwardedFor }).address).toBe(address)
  })

  test('is the peer’s while no proxy is trusted', () => {
    const { address } = clientOf('127.0.0.1', { forwardedFor: '203.0.113.7' }, { trusted_proxies: [] })
    expect(address).toBe('127.0.0.1')
  })
})

describe('scheme and host', () => {
  const said = { forwardedProto: 'https', forwardedHost: 'vitrine.example' }
  test.each([
    ['a trusted proxy says them', '127.0.0.1', said, ['https', 'vitrine.example']],
    ['nobody else can say them', '192.0.2.1', said, ['http', '127.0.0.1:8000']],
    [
      'the last of several counts, for the client wrote the others',
      '127.0.0.1',
      { forwardedProto: 'http, https', forwardedHost: 'evil.example, vitrine.example' },
      ['https', 'vitrine.example'],
    ],
    [
      'what is neither scheme nor host does not count',
      '127.0.0.1',
      { forwardedProto: 'wss', forwardedHost: 'a"b' },
      ['http', '127.0.0.1:8000'],
    ],
    ['what a proxy does not say is as requested', '127.0.0.1', {}, ['http', '127.0.0.1:8000']],
  ])('%s', (_name, peer, claims, expected) => {
    const { scheme, host } = clientOf(peer, claims)
    expect([scheme, host]).toEqual(expected)
  })

  test.each([
    ['VITRINE.example', {}, 'https'],
    ['vitrine.example:8000', {}, 'http'],
    ['127.0.0.1:8000', { forwardedHost: 'vitrine.example' }, 'https'],
    ['vitrine.example', { forwardedProto: 'http' }, 'http'],
  ])('the public URL’s host has its scheme (%s)', (host, claims, scheme) => {
    const edge = { public_url: 'https://vitrine.example' }
    expect(clientOf('127.0.0.1', { host, ...claims }, edge).scheme).toBe(scheme)
  })

  test.each([
    ['demo.APPS.example:8443', 'https'],
    ['demo.apps.example', 'http'],
    ['demoxapps.example:8443', 'http'],
  ])('so has a service’s own host with its port (%s)', (host, scheme) => {
    const edge = { public_url: 'https://vitrine.example:8443', apps_domain: 'apps.example' }
    expect(clientOf('127.0.0.1', { host }, edge).scheme).toBe(scheme)
  })
})
