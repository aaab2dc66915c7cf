import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer, isIP } from 'node:net'
import { codeOfError } from '../code-of-error.ts'
import { canonicalAddress, isWildcard } from '../machine-addresses.ts'
import { argumentsOf } from './read-beginning.ts'
import {
  addressText,
  allConnecting,
  allListening,
  socketLink,
  type ConnectingSocket,
  type ListeningSocket,
} from './tcp-sockets.ts'
import { readIfAllowed } from '../read-if-allowed.ts'

/**
 * A process that listens on a port. `command` is its command line with arguments separated by spaces, at most
 * 200 characters.
 */
export type PortHolder = { pid: number; command: string }

const commandLength = 200

async function openLinks(pid: string): Promise<(string | null)[]> {
  const descriptors = (await readIfAllowed(() => readdir(`/proc/${pid}/fd`))) ?? []
  return Promise.all(descriptors.map((fd) => readIfAllowed(() => readlink(`/proc/${pid}/fd/${fd}`))))
}

const holdsOne = async (pid: string, links: ReadonlySet<string>): Promise<boolean> =>
  (await openLinks(pid)).some((target) => target !== null && links.has(target))

/** Returns the command line of a process, or its name if it has none. Empty if the process has ended. */
export async function commandOf(pid: string): Promise<string> {
  const command = (await argumentsOf(pid)).join(' ').trim()
  const name = command || ((await readIfAllowed(() => readFile(`/proc/${pid}/comm`, 'utf8'))) ?? '').trim()
  return name.slice(0, commandLength)
}

/** Whether a socket listens on a host. A host name and a wildcard address match every socket. */
function isAt(host: string, { address }: ListeningSocket): boolean {
  if (isIP(host) === 0 || isWildcard(host)) return true
  const at = addressText(address)
  return isWildcard(at) || at === canonicalAddress(host)
}

/**
 * Returns the process that listens on a TCP port of this machine, on any address or, if `host` is given, there.
 * If several processes share the socket, the one with the smallest pid is returned. null if no process listens or if the system does not
 * say (another user's process while we are not root, or no /proc).
 */
export async function findPortHolder(port: number, host = '0.0.0.0'): Promise<PortHolder | null> {
  const listeners = (await allListening()).filter((socket) => socket.port === port && isAt(host, socket))
  const links = new Set(listeners.map(({ inode }) => socketLink(inode)))
  if (links.size === 0) return null
  const entries = (await readIfAllowed(() => readdir('/proc'))) ?? []
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b))) {
    if (await holdsOne(pid, links)) return { pid: Number(pid), command: await commandOf(pid) }
  }
  return null
}

/**
 * Returns the TCP ports that the given processes listen on, in ascending order. Empty if the system does not
 * say.
 */
export async function portsHeldBy(pids: readonly number[]): Promise<number[]> {
  const open = await linksOf(pids)
  const held = (await allListening()).filter(({ inode }) => open.has(socketLink(inode)))
  return [...new Set(held.map(({ port }) => port))].toSorted((a, b) => a - b)
}

/** Returns where the given processes connect to without an answer so far. Empty if the system does not say. */
export async function connectionsAwaitedBy(
  pids: readonly number[],
): Promise<Pick<ConnectingSocket, 'host' | 'port'>[]> {
  const open = await linksOf(pids)
  const awaited = (await allConnecting()).filter(({ inode }) => open.has(socketLink(inode)))
  return awaited.map(({ host, port }) => ({ host, port }))
}

const linksOf = async (pids: readonly number[]) =>
  new Set((await Promise.all(pids.map((pid) => openLinks(String(pid))))).flat())

/** The codes with which the system, or the search for the address of a name, says that an address cannot be bound. */
const cannotBind: ReadonlySet<string> = new Set([
  'EADDRINUSE',
  'EACCES',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
])

/**
 * Whether a port can be bound on this address now. This is tested by binding it. The answer is false if
 * another process listens on this address or on all addresses, if we lack the permission, or if the machine
 * has no such address.
 */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if (cannotBind.has(codeOfError(error))) resolve(false)
      else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
