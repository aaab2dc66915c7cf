import { expect, test } from 'vitest'
import { connectingSocket, listeningSockets } from './tcp-sockets.ts'

test('only sockets that listen count', () => {
  const row = (local: string, state: string, inode: string) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     7        0 ${inode} 1 0000000000000000 100 0 0 10 0`
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:1F40', '0A', '11'),
    row('0100007F:1F40', '01', '12'),
    row('0100007F:1F41', '0A', '13'),
    row('00000000000000000000000001000000:1F40', '0A', '14'),
    row('0100007F:1F40', '0A', '0'),
  ].join('\n')
  expect(listeningSockets(table)).toEqual([
    { address: '0100007F', port: 8000, uid: 7, inode: '11' },
    { address: '0100007F', port: 8001, uid: 7, inode: '13' },
    { address: '00000000000000000000000001000000', port: 8000, uid: 7, inode: '14' },
  ])
  expect(listeningSockets('')).toEqual([])
})

test('a socket that waits for a connection is told with where it connects to', () => {
  const line = (state: string, inode: string) =>
    `   1: 0100007F:CF3E 0900000A:6989 ${state} 00000001:00000000 01:00000052 00000001  1000        0 ${inode} 2`
  expect(connectingSocket(line('02', '17'))).toEqual({ host: '10.0.0.9', port: 27_017, inode: '17' })
  expect([line('01', '17'), line('0A', '17'), line('02', '0'), ''].map(connectingSocket)).toEqual([
    null,
    null,
    null,
    null,
  ])
})
