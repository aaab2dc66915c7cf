import { readdirSync, readlinkSync } from 'node:fs'
import { allListening, socketLink } from './tcp-sockets.ts'
import { commandOf, type PortHolder } from './port-holder.ts'
import { readIfAllowedSync } from '../read-if-allowed.ts'
import { inTimeSlices } from '../time-slices.ts'
import { coalesce } from '../coalesce.ts'

/**
 * Where a socket was found. With the descriptor, one `readlink` shows whether the process still has the
 * socket.
 */
type Found = { pid: string; descriptor: string; command: string }

/**
 * Synchronous, because the kernel answers at once: thousands of reads cost three times as much with one
 * promise each.
 */
const entriesOf = (folder: string) => readIfAllowedSync(() => readdirSync(folder)) ?? []
const targetOf = (link: string) => readIfAllowedSync(() => readlinkSync(link))
const isPid = (name: string) => /^\d+$/.test(name)

/**
 * Looks for sockets among the descriptors of all processes, in the order of their pids, until all are found. It pauses at each
 * descriptor, because processes can have millions.
 */
function* searching(inodes: ReadonlySet<string>): Generator<undefined, Map<string, Found>> {
  const missing = new Map([...inodes].map((inode) => [socketLink(inode), inode]))
  const found = new Map<string, Found>()
  const pids = entriesOf('/proc').filter(isPid)
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) {
    for (const descriptor of entriesOf(`/proc/${pid}/fd`)) {
      const target = targetOf(`/proc/${pid}/fd/${descriptor}`)
      const inode = target === null ? undefined : missing.get(target)
      if (target !== null && inode !== undefined) {
        missing.delete(target)
        found.set(inode, { pid, descriptor, command: '' })
      }
      if (missing.size === 0) return found
      yield
    }
  }
  return found
}

async function search(inodes: ReadonlySet<string>): Promise<Map<string, Found>> {
  const found = await inTimeSlices(searching(inodes))
  for (const one of found.values()) one.command = await commandOf(one.pid)
  return found
}

let asked = new Set<string>()
const searchAsked = coalesce(() => {
  const inodes = asked
  asked = new Set()
  return search(inodes)
})

/**
 * Returns the process that has a socket (by inode), or null if the system does not say. If several processes
 * have it, the one with the smallest pid is returned. All sockets that are asked for while one search runs
 * share the next search, because many processes that end together each cause a question.
 */
export async function holderOfSocket(inode: string): Promise<PortHolder | null> {
  asked.add(inode)
  const found = (await searchAsked()).get(inode)
  return found ? { pid: Number(found.pid), command: found.command } : null
}

/**
 * Returns a function that reads all listening ports with their holders. A holder is null if the system does
 * not name it, for example another user's process while we are not root. The function remembers which process
 * has which socket and searches only for new sockets, because a search looks at every descriptor of every
 * process. The result is empty if the system has no list of sockets.
 */
export function listeningPorts(): () => Promise<Map<number, PortHolder | null>> {
  /**
   * By inode; null means that no process was found. A socket keeps its inode for life, and the inode is not
   * soon reused.
   */
  let known = new Map<string, Found | null>()
  const isStill = (inode: string, found: Found | null | undefined) =>
    found === null ||
    (found !== undefined && targetOf(`/proc/${found.pid}/fd/${found.descriptor}`) === socketLink(inode))

  return async () => {
    const sockets = await allListening()
    const fresh = new Set(
      sockets.map(({ inode }) => inode).filter((inode) => !isStill(inode, known.get(inode))),
    )
    const found = fresh.size > 0 ? await search(fresh) : new Map<string, Found>()
    known = new Map(
      sockets.map(({ inode }) => [
        inode,
        fresh.has(inode) ? (found.get(inode) ?? null) : (known.get(inode) ?? null),
      ]),
    )
    const ports = new Map<number, PortHolder | null>()
    for (const { port, inode } of sockets) {
      const holder = known.get(inode)
      const named = holder ? { pid: Number(holder.pid), command: holder.command } : null
      ports.set(port, ports.get(port) ?? named)
    }
    return ports
  }
}
