import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { requestAt } from './endpoint-request.ts'
import { connectionWords } from './connection-words.ts'

/** A server that does this with each connection once a request has come. */
async function endpointThat(does: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => does(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  return { host: '127.0.0.1', port: address.port }
}

async function wordsAbout(endpoint: { host: string; port: number }): Promise<string> {
  try {
    const { body } = await requestAt(endpoint, '/', { method: 'GET' })
    await body.text()
  } catch (error) {
    return connectionWords(error).en
  }
  throw new Error('it was answered')
}

/** The head of an answer after which the server closes the connection. */
const lastAnswer = 'HTTP/1.1 200 OK\r\nconnection: close\r\n'
const cutOff = 'its answer was not complete'
test.each<[string, string, (socket: Socket) => void]>([
  ['that is closed before its answer', cutOff, (socket) => socket.end()],
  ['that is reset before its answer', cutOff, (socket) => socket.resetAndDestroy()],
  ['that is closed in the head of its answer', cutOff, (socket) => socket.end('HTTP/1.1 200 OK\r\nconte')],
  [
    'with less than its answer promised',
    cutOff,
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
  ],
  [
    'that is closed in the middle of an answer in pieces',
    cutOff,
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'),
  ],
  [
    'that is closed in the middle of its last answer in pieces',
    cutOff,
    (socket) => socket.end(`${lastAnswer}transfer-encoding: chunked\r\n\r\n5\r\nab`),
  ],
  [
    'with less than its last answer promised',
    cutOff,
    (socket) => socket.end(`${lastAnswer}content-length: 9\r\n\r\n{`),
  ],
  [
    'on which something else is spoken',
    'its answer is not HTTP',
    (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'),
  ],
])('a connection %s is told so', async (_how, words, does) => {
  expect(await wordsAbout(await endpointThat(does))).toBe(words)
})

test('that nobody accepts connections is told so', async () => {
  expect(await wordsAbout({ host: '127.0.0.1', port: 1 })).toBe('nothing accepts connections')
})

test('an error with another code says it in its own words, or in those of its cause', () => {
  expect(connectionWords(new Error('no route'))).toEqual({ zh: 'no route', en: 'no route' })
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(connectionWords(new Error('fetch failed', { cause: reset })).zh).toBe('它没有答完')
})
