import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { longestSocketPath } from '@vitrine/contract'

const suffix = '.sock'
/** The local runner first creates a socket under another name. */
export const newSuffix = '~'
const hashLength = 16

/** How many bytes the name of a socket has that is shortened. */
export const shortSocketName = hashLength + suffix.length + newSuffix.length
/** How many connections may wait until a program accepts them. The kernel has its own limit (`somaxconn`). */
export const socketBacklog = 4_096
/**
 * Everybody may connect who can pass through the folder, so the folder alone is the wall: whom it admits can
 * change while programs run, and supervisord creates sockets by itself.
 */
export const socketMode = 0o666

/**
 * The folder with the sockets of processes. Only the platform's account can write to it, so nobody can put a link to
 * another socket in the place of one.
 */
export type SocketFolder = {
  readonly path: string
  /** Returns the path of a process's socket. Always the same one for the same id. */
  pathFor(id: string): string
}

/** Describes a folder. A socket has the name of its process, or a hash of it if the path would be too long. */
export function socketFolder(path: string): SocketFolder {
  return {
    path,
    pathFor(id) {
      const readable = join(path, `${id}${suffix}`)
      if (Buffer.byteLength(readable) + newSuffix.length <= longestSocketPath) return readable
      const name = createHash('sha256').update(id).digest('hex').slice(0, hashLength)
      return join(path, `${name}${suffix}`)
    },
  }
}

/** Removes everything in the folder except for the sockets of these processes. */
export async function removeOtherSockets(sockets: SocketFolder, ids: Iterable<string>): Promise<void> {
  const kept = new Set([...ids].map((id) => sockets.pathFor(id)))
  for (const name of await readdir(sockets.path)) {
    const path = join(sockets.path, name)
    if (!kept.has(path)) await rm(path, { recursive: true, force: true })
  }
}
