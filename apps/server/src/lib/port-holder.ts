import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'

/** A process that listens on a port. `command` is its command line, arguments separated by spaces, at most 200 characters. */
export type PortHolder = { pid: number; command: string }

const listening = '0A'
const commandLength = 200

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Inodes of the sockets that listen on a port, out of the text of /proc/net/tcp or tcp6 (`man 5 proc_pid_net`). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    return local?.endsWith(suffix) && state === listening && inode && inode !== '0' ? [inode] : []
  })
}

/** What the system lets us read; null where it does not (gone meanwhile, somebody else's, no such table). */
async function readable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))) return null
    throw error
  }
}

async function holdsOne(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const descriptors = (await readable(() => readdir(`/proc/${pid}/fd`))) ?? []
  const targets = await Promise.all(
    descriptors.map((fd) => readable(() => readlink(`/proc/${pid}/fd/${fd}`))),
  )
  return targets.some((target) => target !== null && links.has(target))
}

async function commandOf(pid: string): Promise<string> {
  const line = (await readable(() => readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? ''
  const command = line.split('\0').join(' ').trim()
  return command || ((await readable(() => readFile(`/proc/${pid}/comm`, 'utf8'))) ?? '').trim()
}

/**
 * Who listens on a TCP port of this machine, on any address; the smallest pid where several processes share the socket.
 * null where nobody does and where the system does not say: another user's process while we are not root, no /proc.
 */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readable(() => readFile(path, 'utf8'))),
  )
  const links = new Set(
    tables.flatMap((table) => listeningInodes(table ?? '', port)).map((inode) => `socket:[${inode}]`),
  )
  if (links.size === 0) return null
  const entries = (await readable(() => readdir('/proc'))) ?? []
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b))) {
    if (await holdsOne(pid, links))
      return { pid: Number(pid), command: (await commandOf(pid)).slice(0, commandLength) }
  }
  return null
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
