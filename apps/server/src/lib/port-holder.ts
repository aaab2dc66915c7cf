import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'

/** A process that listens on a port. `command` is its command line, arguments separated by spaces, at most 200 characters. */
export type PortHolder = { pid: number; command: string }

const listening = '0A'
const commandLength = 200

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** The sockets that listen, out of the text of /proc/net/tcp or tcp6 (`man 5 proc_pid_net`). */
export function listeningSockets(table: string): { port: number; inode: string }[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state !== listening || !inode || inode === '0') return []
    return [{ port: Number.parseInt(local?.split(':').at(-1) ?? '', 16), inode }]
  })
}

/** All TCP sockets of this machine that listen; none where the system does not say. */
export async function allListening(): Promise<{ port: number; inode: string }[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readable(() => readFile(path, 'utf8'))),
  )
  return tables.flatMap((table) => listeningSockets(table ?? ''))
}

/** Gone meanwhile, somebody else's, no such table. */
const isUnreadable = (error: unknown) => ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))

/** What the system lets us read; null where it does not. */
async function readable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}

/** The same for what is read at once. */
export function readableNow<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}

async function openLinks(pid: string): Promise<(string | null)[]> {
  const descriptors = (await readable(() => readdir(`/proc/${pid}/fd`))) ?? []
  return Promise.all(descriptors.map((fd) => readable(() => readlink(`/proc/${pid}/fd/${fd}`))))
}

const holdsOne = async (pid: string, links: ReadonlySet<string>): Promise<boolean> =>
  (await openLinks(pid)).some((target) => target !== null && links.has(target))

/** The command line of a process, or its name where it has none; empty where it is gone. */
export async function commandOf(pid: string): Promise<string> {
  const line = (await readable(() => readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? ''
  const command = line.split('\0').join(' ').trim()
  const name = command || ((await readable(() => readFile(`/proc/${pid}/comm`, 'utf8'))) ?? '').trim()
  return name.slice(0, commandLength)
}

/**
 * Who listens on a TCP port of this machine, on any address; the smallest pid where several processes share the socket.
 * null where nobody does and where the system does not say: another user's process while we are not root, no /proc.
 */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const listeners = (await allListening()).filter((socket) => socket.port === port)
  const links = new Set(listeners.map(({ inode }) => `socket:[${inode}]`))
  if (links.size === 0) return null
  const entries = (await readable(() => readdir('/proc'))) ?? []
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b))) {
    if (await holdsOne(pid, links)) return { pid: Number(pid), command: await commandOf(pid) }
  }
  return null
}

/** The TCP ports that some of these processes listen on, in order; none where the system does not say. */
export async function portsHeldBy(pids: readonly number[]): Promise<number[]> {
  const open = new Set((await Promise.all(pids.map((pid) => openLinks(String(pid))))).flat())
  const held = (await allListening()).filter(({ inode }) => open.has(`socket:[${inode}]`))
  return [...new Set(held.map(({ port }) => port))].toSorted((a, b) => a - b)
}

/**
 * Whether a port can be bound on this address now, found out by binding it. Another listener on this address or on all
 * addresses makes it taken; so do a lack of permission and an address that is not this machine's.
 */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if (['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(codeOf(error))) resolve(false)
      else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
