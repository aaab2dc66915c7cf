import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { freePorts } from '../../../../../tests/support/free-ports.ts'

/** An instance for a test. It answers with `onRequest` and records its requests. */
export type TestUpstream = {
  server: Server
  host: string
  port: number
  instance_id: string
  requests: IncomingMessage[]
  close(): Promise<void>
}

/** The body of a message as text. */
export async function textOf(message: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Answers with the request: method, path, headers, body, and the instance's own name. */
export function echo(name: string) {
  return (req: IncomingMessage, res: ServerResponse) => {
    textOf(req).then(
      (body) => {
        const answer = { name, method: req.method, url: req.url, headers: req.headers, body }
        res.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer))
      },
      () => res.destroy(),
    )
  }
}

/** An instance for a test that listens on a unix socket. */
export type TestSocketUpstream = Omit<TestUpstream, 'host' | 'port'> & { socket: string }

/** Starts an instance on a unix socket that every account may connect to. */
export async function startSocketUpstream(
  socket: string,
  onRequest: (req: IncomingMessage, res: ServerResponse) => void,
  instanceId: string,
): Promise<TestSocketUpstream> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    requests.push(req)
    onRequest(req, res)
  })
  server.listen({ path: socket, readableAll: true, writableAll: true })
  await once(server, 'listening')
  return { server, socket, instance_id: instanceId, requests, close: () => closeAll(server) }
}

const closeAll = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/**
 * Starts an instance on a free port of 127.0.0.1. Nobody else gets that port when it is closed: an instance of another test
 * would answer there.
 */
export async function startUpstream(
  onRequest: (req: IncomingMessage, res: ServerResponse) => void = echo('one'),
  instanceId = 'one',
): Promise<TestUpstream> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    requests.push(req)
    onRequest(req, res)
  })
  server.listen(await freePort(), '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    host: '127.0.0.1',
    port: portOf(server),
    instance_id: instanceId,
    requests,
    close: () => closeAll(server),
  }
}

/** An instance for a test that decides itself which bytes it writes. `onBytes` gets what comes on a connection. */
export async function startRawUpstream(
  onBytes: (socket: Socket, bytes: Buffer) => void,
  instanceId = 'raw',
): Promise<Pick<TestUpstream, 'host' | 'port' | 'instance_id' | 'close'>> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => onBytes(socket, bytes))
  })
  server.listen(await freePort(), '127.0.0.1')
  await once(server, 'listening')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { host: '127.0.0.1', port: portOf(server), instance_id: instanceId, close }
}

/** The port that a server listens on. */
export function portOf(server: { address(): string | AddressInfo | null }): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** A free port that no other test is given meanwhile. */
export const freePort = (): Promise<number> => freePorts(1)
