import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'

/** The token that the platform gives the instances in these tests. */
export const instanceToken = 'token-of-this-instance'

type FakeAsset = {
  content: string
  mime: string
  /** Whether the instance may read it only once. */
  isForOneRun?: true
}

const assets: Record<string, FakeAsset> = {
  'asset-one': { content: 'content of an asset', mime: 'text/plain; charset=utf-8' },
  'asset-same': { content: 'content of an asset', mime: 'text/plain; charset=utf-8' },
  'asset-once': { content: 'fetched a single time', mime: 'application/octet-stream' },
  'asset-of-one-run': { content: 'of one run', mime: 'text/plain; charset=utf-8', isForOneRun: true },
}

/** What every held asset contains. */
const heldContent = 'sent in two parts'

/** An asset whose id begins with `held-`: its answer has begun, and waits. */
export type HeldAsset = { letGo(): void; breakOff(): void; isGivenUp: boolean }

/**
 * A platform with a few assets. It serves them only for this token, and counts how often each was sent. `held` are the
 * answers that wait, by the id of their asset.
 */
export type FakePlatform = {
  url: string
  fetched: Map<string, number>
  held: Map<string, HeldAsset>
  close(): Promise<void>
}

function hold(response: ServerResponse): HeldAsset {
  const asset: HeldAsset = {
    letGo: () => void response.end(heldContent.slice(4)),
    breakOff: () => response.socket?.resetAndDestroy(),
    isGivenUp: false,
  }
  response.on('close', () => (asset.isGivenUp = !response.writableEnded))
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': heldContent.length })
  response.write(heldContent.slice(0, 4))
  return asset
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** Starts a fake platform on a free port. */
export async function startPlatform(): Promise<FakePlatform> {
  const fetched = new Map<string, number>()
  const held = new Map<string, HeldAsset>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://platform')
    const id = /^\/api\/v1\/assets\/([^/]+)\/content$/.exec(url.pathname)?.[1] ?? ''
    if (id.startsWith('held-')) {
      held.set(id, hold(response))
      return
    }
    const sent = fetched.get(id) ?? 0
    const asset = assets[id]
    const authorised = request.headers.authorization === `Bearer ${instanceToken}`
    if (
      !authorised ||
      !asset ||
      (asset.isForOneRun && sent > 0) ||
      url.searchParams.get('variant') !== 'original'
    ) {
      response.writeHead(authorised ? 404 : 401).end()
      return
    }
    const etag = `"${createHash('sha256').update(asset.content).digest('hex')}"`
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end()
      return
    }
    fetched.set(id, sent + 1)
    response.writeHead(200, { 'content-type': asset.mime, etag }).end(asset.content)
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    fetched,
    held,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
