import { expect, test } from 'vitest'
import { clientNetwork, PerClient } from './per-client.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['1::2:3:4:5:6', '1:0:0:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('the client of %s is %s', (address, client) => {
  expect(clientNetwork(address)).toBe(client)
})

test('each client has a share, and what has ended does not count any more', () => {
  const clients = new PerClient()
  const [first, second] = [clients.enter('2001:db8::1', 2), clients.enter('2001:db8::2', 2)]
  expect([typeof first, typeof second, clients.enter('2001:db8::3', 2)]).toEqual([
    'function',
    'function',
    null,
  ])
  expect(typeof clients.enter('203.0.113.7', 2)).toBe('function')
  first?.()
  expect([typeof clients.enter('2001:db8::3', 2), clients.enter('2001:db8::4', 2)]).toEqual([
    'function',
    null,
  ])
})
