import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import {
  addressesBehind,
  addressesOfMachine,
  canListenOn,
  canonicalAddress,
  canonicalHost,
  type MachineAddress,
} from './machine-addresses.ts'

const machine: MachineAddress[] = [
  { address: '127.0.0.1', cidr: '127.0.0.1/8', internal: true },
  { address: '::1', cidr: '::1/128', internal: true, scopeid: 0 },
  { address: '192.0.2.7', cidr: '192.0.2.7/24', internal: false },
  { address: '2001:db8::7', cidr: '2001:db8::7/64', internal: false, scopeid: 0 },
  { address: 'fe80::7', cidr: 'fe80::7/64', internal: false, scopeid: 2 },
]

test.each(['127.0.0.1', '127.0.0.2', '::1', '0:0:0:0:0:0:0:1', '192.0.2.7', '2001:DB8::7', '0.0.0.0', '::'])(
  'the machine can listen on %s',
  (host) => expect(canListenOn(host, machine)).toBe(true),
)

test.each([
  ['an address of another machine', '192.0.2.8'],
  ['an address with a zone', '::1%lo'],
  ['an address that has a meaning only on its link', 'fe80::7'],
  ['an IPv4 address written as IPv6', '::ffff:127.0.0.1'],
  ['a group of machines', '224.0.0.1'],
  ['every machine of the network', '255.255.255.255'],
  ['a number that is no address', '999.0.0.1'],
  ['an injected directive', '127.0.0.1:80; } server { listen 127.0.0.1'],
  ['nothing', ''],
])('it cannot listen on %s (%s)', (_what, host) => expect(canListenOn(host, machine)).toBe(false))

test('a machine without IPv6 has no IPv6 wildcard of its own, but one for IPv4', () => {
  expect(canListenOn('0.0.0.0', machine.slice(1, 2))).toBe(false)
  expect(canListenOn('0.0.0.0', machine.slice(0, 1))).toBe(true)
})

test('host names are accepted, because the setting of the default address may be one', () => {
  expect(['localhost', 'gpu-1.example.org'].map((host) => canListenOn(host, machine))).toEqual([true, true])
})

test('a wildcard address stands for all addresses of the machine, any other for itself', () => {
  expect(addressesBehind('0.0.0.0', machine)).toEqual(['127.0.0.1', '192.0.2.7'])
  expect(addressesBehind('::', machine)).toEqual(['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7'])
  expect(addressesBehind('127.0.0.2', machine)).toEqual(['127.0.0.2'])
})

test('different forms of one address become the same', () => {
  expect(canonicalAddress('0:0:0:0:0:0:0:1')).toBe('::1')
  expect(canonicalAddress('2001:DB8::07')).toBe('2001:db8::7')
  expect(canonicalAddress('127.0.0.1')).toBe('127.0.0.1')
})

test('a host has one form in which it is compared', () => {
  const written = ['Git.Example', 'git.example.', 'GIT.example']
  expect(written.map(canonicalHost)).toEqual(Array(3).fill('git.example'))
  expect(canonicalHost('[0:0:0:0:0:0:0:1]')).toBe('::1')
})

test('this machine can indeed listen on the addresses that it names', async () => {
  const hosts = addressesBehind('0.0.0.0', addressesOfMachine())
  expect(hosts).toContain('127.0.0.1')
  for (const host of hosts) {
    expect(canListenOn(host, addressesOfMachine())).toBe(true)
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port: 0 }, resolve)
    })
    await new Promise((resolve) => server.close(resolve))
  }
})
