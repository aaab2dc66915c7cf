import { closeSync, openSync, readSync } from 'node:fs'
import type { Endpoint } from './network-endpoint.ts'

// The embedded gateway and the control plane both look here whose port it is, with Node's functions. Nothing of the pages may
// import this, so the index does not have it.

/**
 * Where an instance is reached. `listeners` are the inodes of the sockets that were proved to be its own, if it has a port
 * and that is known.
 */
export type InstanceEndpoint = Endpoint & { readonly listeners?: readonly string[] | undefined }

const chunkBytes = 16_384
const chunk = Buffer.allocUnsafeSlow(chunkBytes)
/** The kernel's lists of TCP sockets (`man 5 proc_pid_net`). A socket of IPv6 may take connections by IPv4, too. */
const lists = ['/proc/net/tcp', '/proc/net/tcp6']
const listening = '0A'

/** The local port, the state and the inode of a line. */
const parts = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ ([0-9A-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+) /

/** Returns the inodes of the sockets that listen on a port, from one list; null if this machine has no such list. */
function listenersIn(path: string, port: number): string[] | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const found: string[] = []
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    let rest = ''
    for (;;) {
      const bytes = readSync(file, chunk)
      const lines = (rest + chunk.toString('latin1', 0, bytes)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [, local, state, inode] = parts.exec(line) ?? []
        // The listening sockets are first (net/ipv4/tcp_ipv4.c), and thousands of connections may follow.
        if (state !== undefined && state !== listening) return found
        if (local === wanted && inode !== undefined) found.push(inode)
      }
      if (bytes === 0) return found
    }
  } finally {
    closeSync(file)
  }
}

/**
 * Whether one of these sockets listens on a port of this machine now. The inode of a socket that was closed does not
 * come back. So if one of them listens *after* a connection was opened, nobody else can have accepted it. True if this
 * machine does not tell.
 */
function isListenedToBy(port: number, inodes: readonly string[]): boolean {
  let isListed = false
  for (const list of lists) {
    const found = listenersIn(list, port)
    if (found === null) continue
    isListed = true
    if (found.some((inode) => inodes.includes(inode))) return true
    // If a socket of IPv4 has the port, one of IPv6 gets no connection by IPv4.
    if (found.length > 0) return false
  }
  return !isListed
}

/**
 * Whether the instance itself has its port now, and not a program that took it after the instance had ended. To be asked
 * when a connection was opened and nothing was sent yet. True if its sockets are not known, and for a unix socket.
 */
export const hasItsPort = (instance: InstanceEndpoint): boolean =>
  'socket' in instance ||
  instance.listeners === undefined ||
  isListenedToBy(instance.port, instance.listeners)
