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

const hexOf = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')

/** Returns the inodes of the sockets that listen on some ports, from one list; null if this machine has no such list. */
function listenersIn(path: string, wanted: ReadonlySet<string>): Map<string, string[]> | null {
  const found = new Map<string, string[]>()
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
        if (local === undefined || inode === undefined || !wanted.has(local)) continue
        found.set(local, [...(found.get(local) ?? []), inode])
      }
      if (bytes === 0) return found
    }
  } finally {
    closeSync(file)
  }
}

/** A port, and the sockets that its instance listens with. */
type Claim = { port: number; listeners: readonly string[] }

/**
 * Those of some claims of which a socket listens on the port now, by one look. The inode of a socket that was closed does not
 * come back. So if it listens *after* a connection was opened, nobody else can have accepted that. All of them if this
 * machine does not tell.
 */
function standing(claims: readonly Claim[]): ReadonlySet<Claim> {
  const own = new Set<Claim>()
  let open = claims
  let isListed = false
  for (const list of lists) {
    if (open.length === 0) break
    const found = listenersIn(list, new Set(open.map(({ port }) => hexOf(port))))
    if (found === null) continue
    isListed = true
    for (const claim of open)
      if (found.get(hexOf(claim.port))?.some((inode) => claim.listeners.includes(inode))) own.add(claim)
    // If a socket of IPv4 has the port, one of IPv6 gets no connection by IPv4.
    open = open.filter(({ port }) => !found.has(hexOf(port)))
  }
  return isListed ? own : new Set(claims)
}

/** What an instance claims; null if its sockets are not known, and for a unix socket, which nobody else can have. */
const claimOf = (instance: InstanceEndpoint): Claim | null =>
  'socket' in instance || instance.listeners === undefined
    ? null
    : { port: instance.port, listeners: instance.listeners }

/**
 * Whether the instance itself has its port now, and not a program that took it after the instance had ended. To be asked
 * when a connection was opened and nothing was sent yet. True if its sockets are not known, and for a unix socket.
 */
export function hasItsPort(instance: InstanceEndpoint): boolean {
  const claim = claimOf(instance)
  return claim === null || standing([claim]).has(claim)
}

/** Who waits for the next look. */
let waiting: { claim: Claim; answer: (isItself: boolean) => void }[] = []

function lookForAll(): void {
  const asked = waiting
  waiting = []
  const own = standing(asked.map(({ claim }) => claim))
  for (const { claim, answer } of asked) answer(own.has(claim))
}

/**
 * Answers the same a moment later, for many connections by one look: it takes 0.1 ms, and 0.7 ms where 500 sockets listen on the
 * machine, nearly all of it in the kernel. Whoever asks has an open connection already, so the look comes after all of them: it is
 * never older than a connection that it decides about. Answers at once where nothing needs to be looked at.
 */
export function askItsPort(instance: InstanceEndpoint, answer: (isItself: boolean) => void): void {
  const claim = claimOf(instance)
  if (claim === null) return answer(true)
  waiting.push({ claim, answer })
  if (waiting.length === 1) setImmediate(lookForAll)
}
