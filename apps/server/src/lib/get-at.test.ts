import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { getAt, Silence } from './get-at.ts'

let server: Server | null = null
let sockets: Socket[] = []
let asked = ''
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server?.close()
  sockets = []
  asked = ''
})

/** Asks a server that writes these pieces and then, if `ends`, closes the connection. */
async function ask(pieces: readonly string[], { ends = true, path = '/health', timeoutMs = 60_000 } = {}) {
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', async (bytes) => {
      asked += bytes.toString()
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (ends) socket.end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return getAt({ host: '127.0.0.1', port: address.port }, path, { timeoutMs, mostBytes: 20 })
}

test.each<[string, string[], boolean]>([
  [
    'a stated length',
    ['HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 2\r\ncontent-type: text/plain\r\n\r\nok'],
    false,
  ],
  [
    'chunks',
    [
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nContent-Type: text/plain\r\n\r\n1\r\no\r\n',
      '1\r\nk\r\n0\r\n\r\n',
    ],
    false,
  ],
  ['the end of the connection', ['HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\no', 'k'], true],
  [
    'an earlier answer before it',
    [
      'HTTP/1.1 103 Early Hints\r\n\r\n',
      'HTTP/1.1 200\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok',
    ],
    false,
  ],
])('an answer is read to its end: %s', async (_name, pieces, ends) => {
  expect(await ask(pieces, { ends })).toEqual({ status: 200, type: 'text/plain', body: 'ok' })
  expect(asked).toMatch(/^GET \/health HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nConnection: close\r\n\r\n$/)
})

test('an answer without a type and without a body is whole', async () => {
  expect(await ask(['HTTP/1.1 204 No Content\r\n\r\n'], { ends: false })).toEqual({
    status: 204,
    type: '',
    body: '',
  })
})

test.each<[string, string[], RegExp]>([
  ['another protocol', ['SSH-2.0-OpenSSH_9.9\r\n\r\n'], /not HTTP\/1\.1/],
  ['an end in the middle', ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok'], /before the answer/],
  ['nothing', [], /before the answer/],
  ['too much', [`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(21)}`], /more than 20 bytes/],
])('what is no short answer is an error that says why: %s', async (_name, pieces, why) => {
  await expect(ask(pieces)).rejects.toThrow(why)
})

test('an answer that does not end in time is silence', async () => {
  const begun = ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok']
  await expect(ask(begun, { ends: false, timeoutMs: 50 })).rejects.toBeInstanceOf(Silence)
})

test('a path that would end the line is not sent', async () => {
  await expect(ask([], { path: '/ HTTP/1.1\r\nX: y' })).rejects.toThrow('the path has characters')
  expect(asked).toBe('')
})
