import { chmod, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DataPaths } from '../lib/paths.ts'
import { openGatewayFolder } from './gateway-folder.ts'

/**
 * The unix socket at which instances without a network fetch media. Every account can connect, as every one can to the
 * public address: what counts is the token. Nothing else of the API is served here, because the control plane believes its
 * gateway what it says about the client.
 */
export type MediaSocket = {
  readonly path: string
  /** Begins to serve. `apiSocket` is that of the control plane. */
  listen(apiSocket: string): Promise<void>
  close(): Promise<void>
}

const socketName = 'media.sock'
const mediaPath = /^\/api\/v1\/assets\/[A-Za-z0-9_-]{1,100}\/content\?variant=original$/
const tagForm = /^"[0-9a-f]{64}"$/
const passedOn = ['content-type', 'content-length', 'content-disposition', 'etag'] as const
/** What the socket carries at once. One instance must not take what the others need. */
const usualBounds = {
  connections: 512,
  /** Downloads with one token. Each release has one. */
  ofOneToken: 64,
  /** Connections that have not asked for anything yet. The oldest makes room for a new one. */
  waiting: 128,
  /** How long nothing may move on a connection, in ms. */
  stillMs: 60_000,
}

/** Counts downloads by token. `take` returns false if this token has too many. */
function sharesOf(most: number) {
  const counts = new Map<string, number>()
  const count = (token: string) => counts.get(token) ?? 0
  return {
    take(token: string): boolean {
      if (count(token) >= most) return false
      counts.set(token, count(token) + 1)
      return true
    },
    giveBack(token: string): void {
      if (count(token) > 1) counts.set(token, count(token) - 1)
      else counts.delete(token)
    },
  }
}

/** Ends the oldest of those connections that have not asked yet, when there are more than `most`. */
function boundWaiting(server: Server, most: number): void {
  const waiting = new Set<Socket>()
  server.on('connection', (socket) => {
    waiting.add(socket)
    socket.once('close', () => waiting.delete(socket))
    const [oldest] = waiting
    if (waiting.size > most) oldest?.destroy()
  })
  server.on('request', ({ socket }) => waiting.delete(socket))
}

function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.statusCode = answer.statusCode ?? 502
  for (const name of passedOn) {
    const value = answer.headers[name]
    if (value !== undefined) response.setHeader(name, value)
  }
  return pipeline(answer, response)
}

type Shares = ReturnType<typeof sharesOf>

function serve(apiSocket: string, shares: Shares, asked: IncomingMessage, response: ServerResponse): void {
  const { method, url = '', headers } = asked
  const { authorization, 'if-none-match': tag } = headers
  if (method !== 'GET' || !mediaPath.test(url) || authorization === undefined) {
    response.writeHead(404, { connection: 'close' }).end()
    return
  }
  if (!shares.take(authorization)) {
    response.writeHead(429, { connection: 'close' }).end()
    return
  }
  const inner = request({
    socketPath: apiSocket,
    path: url,
    agent: false,
    headers: {
      host: '127.0.0.1',
      authorization,
      'x-forwarded-for': '127.0.0.1',
      ...(tag !== undefined && tagForm.test(tag) && { 'if-none-match': tag }),
    },
  })
  response.once('close', () => {
    shares.giveBack(authorization)
    inner.destroy()
  })
  inner.once('error', () => response.destroy())
  inner.once('response', (answer) => {
    // A client that leaves, or a control plane that ends, cuts the download off, and that tells the client.
    passOn(answer, response).catch(() => response.destroy())
  })
  inner.end()
}

const untilListening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })

/** Prepares the socket's folder. `isForOthers` says whether instances run as other accounts, which must get there. */
export async function openMediaSocket(
  paths: DataPaths,
  isForOthers: boolean,
  bounds = usualBounds,
): Promise<MediaSocket> {
  const wanted = { near: paths.instanceMedia, name: 'vitrine-media', aName: socketName, isForOthers }
  const folder = await openGatewayFolder(paths, wanted)
  await chmod(folder.path, isForOthers ? 0o711 : 0o700)
  const path = join(folder.path, socketName)
  const server = createServer({ keepAlive: false, requestTimeout: 30_000, headersTimeout: 10_000 })
  server.maxConnections = bounds.connections
  // Without a listener, a connection on which nothing moves is destroyed.
  server.setTimeout(bounds.stillMs)
  boundWaiting(server, bounds.waiting)
  const shares = sharesOf(bounds.ofOneToken)
  return {
    path,
    async listen(apiSocket) {
      server.on('request', (asked, response) => serve(apiSocket, shares, asked, response))
      // What a killed control plane left.
      await rm(path, { force: true })
      await untilListening(server, path)
      await chmod(path, isForOthers ? 0o666 : 0o600)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
