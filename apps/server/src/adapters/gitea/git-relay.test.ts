import { createServer, request, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { openGitRelay } from './git-relay.ts'

type Server = { url: string; asked: Promise<IncomingMessage> }

/** A server that reads the beginning of what is sent to it, and never answers. */
async function silentServer(): Promise<Server> {
  const server = createServer()
  const asked = new Promise<IncomingMessage>((resolve) =>
    server.once('request', (got: IncomingMessage) => got.once('data', () => resolve(got))),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

/** A relay to a server, with a push as git begins it: a part of the body is sent. */
async function pushing({ url }: Server) {
  const target = { url, authorization: 'x', mostBytes: 1_000, silenceMs: 60_000 }
  const relay = await openGitRelay(target, null)
  onTestFinished(() => relay.close())
  const push = request(`${relay.at(`http://127.0.0.1:${relay.port}`)}/git-receive-pack`, { method: 'POST' })
  const status = new Promise<number | undefined>((resolve) => {
    push.once('response', (answer) => resolve(answer.resume().statusCode))
    push.once('error', () => resolve(undefined))
  })
  push.on('error', () => undefined)
  push.write('the beginning of a pack')
  return { relay, push, status }
}

const closed = (asked: IncomingMessage) =>
  new Promise<void>((resolve) => asked.once('close', () => resolve()))

test('a push that git itself ends is no failure of the server, which need not work on', async () => {
  const server = await silentServer()
  const { relay, push } = await pushing(server)
  const ended = closed(await server.asked)
  push.destroy()
  await ended
  expect(relay.fault()).toBeNull()
})

test('a server that goes away in the middle of a push is told as that, and git gets an answer at once', async () => {
  const server = await silentServer()
  const { relay, status } = await pushing(server)
  const asked = await server.asked
  asked.socket.destroy()
  expect(await status).toBe(504)
  expect(relay.fault()).toMatchObject({ kind: 'unreachable' })
})
