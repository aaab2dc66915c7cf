import { once } from 'node:events'
import { chmodSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { z } from 'zod'
import { newSuffix, socketBacklog, socketMode } from '../socket-folder.ts'

const handleOf = z.object({ _handle: z.object({ fd: z.number().nonnegative() }) })

/** Node does not document where a server has its descriptor. */
const descriptorOf = (server: Server): number => handleOf.parse(server)._handle.fd

/**
 * Creates a unix socket that listens, in place of an earlier one, and gives its descriptor to `start`, which must
 * start a process with it before it first waits for anything. From then on only that process has the socket: while
 * it lives, connections wait for it, and when it has ended, they are refused.
 */
export async function withListeningSocket<T>(
  path: string,
  start: (descriptor: number) => Promise<T>,
): Promise<T> {
  // Node deletes the path that it created when it closes its own descriptor, so it creates another one.
  const first = `${path}${newSuffix}`
  rmSync(first, { force: true })
  const server = createServer()
  server.listen({ path: first, backlog: socketBacklog })
  await once(server, 'listening')
  let started: Promise<T>
  try {
    chmodSync(first, socketMode)
    renameSync(first, path)
    started = start(descriptorOf(server))
  } finally {
    // In the same turn, so that we accept nothing ourselves.
    server.close()
  }
  return started
}
