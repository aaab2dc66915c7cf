import { expect, test } from 'vitest'
import { endpointText } from './endpoint-text.ts'
import { endpoint, type Endpoint } from './network-endpoint.ts'

test.each<[Endpoint, string]>([
  [{ host: '127.0.0.1', port: 18_001 }, '127.0.0.1:18001'],
  [{ host: '::1', port: 80 }, '[::1]:80'],
  [{ socket: '/run/vitrine/demo-r1-1.sock' }, 'unix:/run/vitrine/demo-r1-1.sock'],
])('%j is written %s', (value, text) => {
  expect(endpointText(endpoint.parse(value))).toBe(text)
})

test.each([
  ['a relative path', { socket: 'run/a.sock' }],
  ['a path with a space', { socket: '/run/a b.sock' }],
  ['a path that ends a directive', { socket: '/run/a;b.sock' }],
  ['a path longer than the kernel holds', { socket: `/${'a'.repeat(107)}` }],
  ['port 0', { host: '127.0.0.1', port: 0 }],
  ['nothing', {}],
])('%s is no endpoint', (_name, value) => {
  expect(endpoint.safeParse(value).success).toBe(false)
})
