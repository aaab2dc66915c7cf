import { readdirSync, readlinkSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { allListening, socketLink } from './tcp-sockets.ts'
import { commandOf, type PortHolder } from './port-holder.ts'
import { readableNow } from '../readable.ts'
import { shareNext } from '../share-next.ts'

/** Where a socket was found: the descriptor by which its holder is known again at a glance. */
type Found = { pid: string; descriptor: string; command: string }

/** How long a search may keep everything else waiting, milliseconds. */
const sliceMs = 5

/** Not asynchronous: thousands of reads that the kernel answers at once cost a third of what they do one promise each. */
const entriesOf = (folder: string) => readableNow(() => readdirSync(folder)) ?? []
const targetOf = (link: string) => readableNow(() => readlinkSync(link))
const isPid = (name: string) => /^\d+$/.test(name)

/** Looks for sockets among the descriptors of all processes, the smallest pid first, until all are found. */
async function search(inodes: ReadonlySet<string>): Promise<Map<string, Found>> {
  const missing = new Map([...inodes].map((inode) => [socketLink(inode), inode]))
  const found = new Map<string, Found>()
  const pids = entriesOf('/proc').filter(isPid)
  let since = performance.now()
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) {
    if (missing.size === 0) break
    for (const descriptor of entriesOf(`/proc/${pid}/fd`)) {
      const target = targetOf(`/proc/${pid}/fd/${descriptor}`)
      const inode = target === null ? undefined : missing.get(target)
      if (target === null || inode === undefined) continue
      missing.delete(target)
      found.set(inode, { pid, descriptor, command: '' })
    }
    if (performance.now() - since < sliceMs) continue
    await nextTurn()
    since = performance.now()
  }
  for (const one of found.values()) one.command = await commandOf(one.pid)
  return found
}

let asked = new Set<string>()
const searchAsked = shareNext(() => {
  const inodes = asked
  asked = new Set()
  return search(inodes)
})

/**
 * The process that has a socket (by inode), where the system names it; of several the one with the smallest pid. One search is for all
 * sockets that were asked for while the last one ran: of many processes that end at once, each asks.
 */
export async function holderOfSocket(inode: string): Promise<PortHolder | null> {
  asked.add(inode)
  const found = (await searchAsked()).get(inode)
  return found ? { pid: Number(found.pid), command: found.command } : null
}

/**
 * A reader of all ports that are listened on, each with its holder where the system names it (null where not: another user's
 * process while we are not root). It remembers which process has which socket, and searches only for those that are new, for a
 * search looks at every descriptor of every process. Where the system has no list of sockets, nothing is found.
 */
export function listeningPorts(): () => Promise<Map<number, PortHolder | null>> {
  /** By inode; null: nobody was found. A socket keeps its inode for its life, and no other gets it soon. */
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
