import { once } from 'node:events'
import { connect } from 'node:net'
import type { ApiClient } from '../support/api-client.ts'

/** What a slow upload or push announces, in bytes. */
const announced = 1_000_000

/** A request whose body has begun to arrive, and does not go on. */
type Begun = {
  /** When it was answered, or its connection ended. */
  ended: Promise<number>
  isOver: () => boolean
  close: () => void
}

/** Begins a request, whose body then stays away. */
async function beginRequest(
  origin: string,
  { method, path, headers }: { method: string; path: string; headers: Record<string, string> },
): Promise<Begun> {
  const { hostname, port, host } = new URL(origin)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const lines = Object.entries({ host, 'content-length': String(announced), ...headers })
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
  socket.write('00')
  let isOver = false
  const ended = new Promise<number>((resolve) => {
    const end = () => {
      isOver = true
      resolve(Date.now())
    }
    socket.once('data', end)
    socket.once('close', end)
    socket.on('error', () => undefined)
  })
  return { ended, isOver: () => isOver, close: () => socket.destroy() }
}

/** Begins to send a media file in parts. */
export async function beginUpload(client: ApiClient): Promise<Begun> {
  const version = { 'tus-resumable': '1.0.0' }
  const created = await client.request('POST', '/uploads', {
    headers: { ...version, 'upload-length': String(announced) },
  })
  const place = new URL(created.headers.get('location') ?? '', `${client.origin}/api/v1/uploads/`)
  return beginRequest(client.origin, {
    method: 'PATCH',
    path: place.pathname,
    headers: {
      ...version,
      authorization: `Bearer ${client.token}`,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
  })
}

/** Begins to push to a repository with a password of git. */
export const beginPush = (origin: string, id: string, password: string): Promise<Begun> =>
  beginRequest(origin, {
    method: 'POST',
    path: `/git/${id}.git/git-receive-pack`,
    headers: {
      authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}`,
      'content-type': 'application/x-git-receive-pack-request',
    },
  })
