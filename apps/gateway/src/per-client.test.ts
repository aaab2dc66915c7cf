import { expect, test } from 'vitest'
import { PerClient } from './per-client.ts'

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
