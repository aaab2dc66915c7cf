import { expect, test } from 'vitest'
import { onOwnAddress } from './own-address.ts'

const host = '127.0.0.1'
const callback = () => undefined

test.each<[string, unknown[], unknown[]]>([
  ['a port alone', [3000], [3000, host]],
  ['a port as text', ['3000'], ['3000', host]],
  ['a port and a callback', [3000, callback], [3000, host, callback]],
  ['a port, a backlog and a callback', [3000, 511, callback], [3000, host, 511, callback]],
  ['a port and no host', [3000, undefined, callback], [3000, host, callback]],
  ['all IPv4 addresses', [3000, '0.0.0.0', callback], [3000, host, callback]],
  ['all addresses', [3000, '::', 511], [3000, host, 511]],
  ['options without a host', [{ port: 3000, backlog: 5 }], [{ port: 3000, backlog: 5, host }]],
  ['options with all addresses', [{ port: '3000', host: '0.0.0.0' }], [{ port: '3000', host }]],
  ['nothing at all', [], [0, host]],
  ['a callback alone', [callback], [0, host, callback]],
])('%s is the own address', (_what, given, made) => {
  expect(onOwnAddress(given, host)).toEqual(made)
})

test.each<[string, unknown[]]>([
  ['another address', [3000, '127.0.0.2', callback]],
  ['options with another address', [{ port: 3000, host: '127.0.0.2' }]],
  ['a socket file', ['/tmp/a.sock', callback]],
  ['options with a socket file', [{ path: '/tmp/a.sock' }]],
  ['an open socket', [{ fd: 3 }, callback]],
])('%s stays as it is', (_what, given) => {
  expect(onOwnAddress(given, host)).toEqual(given)
})
