import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs'
import { holderOfSocket } from './all-port-holders.ts'
import { listeningSocket, socketLink, socketLists, type ListeningSocket } from './tcp-sockets.ts'
import type { PortHolder } from './port-holder.ts'
import { hasEnded, readStatSync } from './process-identity.ts'
import { processOwners } from './process-owners.ts'
import { readProcessTable, rootsAbove } from './process-table.ts'
import { readIfAllowedSync } from '../read-if-allowed.ts'
import { inTimeSlices } from '../time-slices.ts'
import { coalesce } from '../coalesce.ts'

/**
 * A foreign process on a port. If the system does not name the process, only the account's number is known.
 */
export type ForeignProcess = PortHolder | { uid: number }

/**
 * Who listens on a port: the process's own tree, a foreign process, nobody, or a process whose owner the
 * system does not tell.
 */
export type PortListener = 'own' | 'nobody' | 'unknown' | { foreign: ForeignProcess }

/** A socket that a process has open: its descriptor below /proc, and what this links to. */
type OpenSocket = { path: string; target: string }
/** The same as `PortListener`. If the sockets are the process's own, `own` lists them. */
export type FoundListener = Exclude<PortListener, 'own'> | { own: readonly OpenSocket[] }

const chunkBytes = 16_384
/**
 * Local addresses that accept a connection to 127.0.0.1, as /proc/net/tcp and tcp6 write them in either byte
 * order.
 */
const reached = /^(?:0{8}|0100007F|7F000001|0{32}|0{16}(?:FFFF0000|0000FFFF)(?:0100007F|7F000001))$/

/**
 * Whether the last complete line of the text is a listening socket, or is not a socket at all, as the head of
 * the list.
 */
function endsListening(piece: string): boolean {
  const end = piece.lastIndexOf('\n')
  const line = piece.slice(piece.lastIndexOf('\n', end - 1) + 1, Math.max(end, 0))
  return listeningSocket(line) !== null || !line.includes(':')
}

/**
 * Whether the kernel has a socket of this list. A list without a socket takes it milliseconds, because it
 * searches the whole table of connections for one (`man 5 proc_net`, sockstat6).
 */
function mayHaveSockets(path: string): boolean {
  if (!path.endsWith('tcp6')) return true
  const counts = readIfAllowedSync(() => readFileSync('/proc/net/sockstat6', 'latin1'))
  return !counts?.startsWith('TCP6: inuse 0\n')
}

/** Reads such a list. It pauses after each piece: any program can listen at hundreds of thousands of ports and addresses. */
function* piecesOf(file: number, all: boolean): Generator<undefined, string> {
  const chunk = Buffer.alloc(chunkBytes)
  const pieces: string[] = []
  for (;;) {
    const bytes = readSync(file, chunk)
    const piece = chunk.toString('latin1', 0, bytes)
    pieces.push(piece)
    if (bytes === 0 || (!all && !endsListening(piece))) return pieces.join('')
    yield
  }
}

/**
 * Returns the text of /proc/net/tcp or tcp6; null if the system has no such list. The kernel lists the
 * listening sockets first (net/ipv4/tcp_ipv4.c). Unless `all` is true, reading stops after them, because
 * thousands of connections may follow.
 */
async function listIn(path: string, all: boolean): Promise<string | null> {
  const file = readIfAllowedSync(() => openSync(path, 'r'))
  if (file === null) return null
  try {
    if (!mayHaveSockets(path)) return ''
    return await inTimeSlices(piecesOf(file, all))
  } finally {
    closeSync(file)
  }
}

/** The lines of a text that contain a string. */
function* linesWith(text: string, words: string): Generator<string> {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    yield text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at))
}

/** The sockets in a list that accept connections to a port of 127.0.0.1. */
function socketsIn(list: string, port: number): ListeningSocket[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  // There may be thousands of lines. Only those that contain the port, as local or remote port, are parsed.
  const sockets = [...linesWith(list, `${suffix} `)].flatMap((line) => listeningSocket(line) ?? [])
  return sockets.filter((socket) => socket.port === port && reached.test(socket.address))
}

/**
 * If the lists are read all the time, for example while many processes start, reading takes at most this part of the time: half for
 * IPv4, and a fifth for IPv6. Where few connections are of IPv6, the kernel searches its whole table for them, for milliseconds.
 */
const restBetween = (path: string) => (path.endsWith('tcp6') ? 4 : 1)
const quick = socketLists.map((path) => coalesce(() => listIn(path, false), restBetween(path)))
const whole = socketLists.map((path) => () => listIn(path, true))

/**
 * Returns the sockets that accept connections to a port of 127.0.0.1; null if the system has no list of
 * sockets. If an IPv4 socket listens on the port, a socket on all IPv6 addresses accepts no IPv4 connections.
 */
async function socketsOn(port: number): Promise<ListeningSocket[] | null> {
  let isListed = false
  // First the short lists. The whole lists are for a kernel that does not put the listening sockets first.
  for (const read of [...quick, ...whole]) {
    const list = await read()
    if (list === null) continue
    isListed = true
    const found = socketsIn(list, port)
    if (found.length > 0) return found
  }
  return isListed ? [] : null
}

/** Adds the sockets of a list that listen on these ports of 127.0.0.1. It pauses at each socket. */
function* addInodes(
  list: string,
  ports: ReadonlySet<number>,
  found: Map<number, string>,
): Generator<undefined, void> {
  for (const line of list.split('\n')) {
    yield
    const socket = listeningSocket(line)
    if (socket === null || !ports.has(socket.port) || !reached.test(socket.address)) continue
    found.set(socket.port, `${found.get(socket.port) ?? ''} ${socket.inode}`)
  }
}

/**
 * Returns the sockets that listen on these ports of 127.0.0.1, as one string for each port. If two readings give the same
 * string, they saw the same sockets. The list of IPv6 is read only for a port without a socket of IPv4, which gets all
 * connections there. Null if the system has no list of sockets.
 */
export async function socketsByPort(ports: Iterable<number>): Promise<Map<number, string> | null> {
  const found = new Map<number, string>()
  const missing = new Set(ports)
  let isListed = false
  for (const read of quick) {
    if (missing.size === 0) break
    const list = await read()
    if (list === null) continue
    isListed = true
    await inTimeSlices(addInodes(list, missing, found))
    for (const port of found.keys()) missing.delete(port)
  }
  return isListed ? found : null
}

const targetOf = (descriptor: string) => readIfAllowedSync(() => readlinkSync(descriptor))

/** How many descriptors are looked at for one port: more than all programs of an algorithm need, and fewer than hostile ones can open. */
const mostDescriptors = 200_000

/**
 * Looks for sockets among the descriptors of processes, and moves those that it finds from `missing`, by their links, to `own`. It
 * pauses at each descriptor, because processes can have millions. Returns whether it has looked at all that was needed.
 */
function* moveOpen(
  pids: Iterable<number>,
  { missing, own, most }: { missing: Map<string, ListeningSocket>; own: OpenSocket[]; most: number },
): Generator<undefined, boolean> {
  let count = 0
  for (const pid of pids) {
    for (const name of readIfAllowedSync(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      if (missing.size === 0) return true
      if (++count > most) return false
      yield
      const path = `/proc/${pid}/fd/${name}`
      const target = targetOf(path)
      if (target !== null && missing.delete(target)) own.push({ path, target })
    }
  }
  return true
}

/** Whether processes still have these sockets open. This reads one link for each, and no list. */
export const areOpen = (sockets: readonly OpenSocket[]): boolean =>
  sockets.every(({ path, target }) => targetOf(path) === target)

/** Returns the foreign process that has a socket outside a process's tree; null if that cannot be told. */
async function foreignHolderOf(socket: ListeningSocket, main: number): Promise<ForeignProcess | null> {
  const holder = await holderOfSocket(socket.inode)
  if (holder) return holder
  const uid = readIfAllowedSync(() => statSync(`/proc/${main}`).uid)
  return uid === null || uid === socket.uid ? null : { uid: socket.uid }
}

/**
 * For how long a process with too many descriptors is not looked at again: twenty times as long as the look took, within bounds. A hostile
 * one could else keep the machine busy with looks that find nothing.
 */
const restAfter = (tookMs: number): number => Math.min(Math.max(tookMs * 20, 5_000), 60_000)

/**
 * Finds the process that listens on a port of 127.0.0.1, as seen from a main process: either the main process
 * or its tree (descent, group, session, marker), or a foreign process. This takes less than a millisecond if
 * the main process itself listens: it reads the listening sockets and the descriptors of that process. Only
 * otherwise does it look at all processes. If there are too many descriptors to find out, this is remembered for
 * some seconds, whatever sockets the process opens meanwhile.
 */
export function portListeners({
  most = mostDescriptors,
  now = () => performance.now(),
  turnMs,
}: { most?: number; now?: () => number; turnMs?: number } = {}): (
  port: number,
  main: number,
) => Promise<FoundListener> {
  const ownersIn = processOwners()
  /** The main processes with too many descriptors, by pid. */
  const resting = new Map<number, { startTime: string | undefined; until: number }>()
  const rests = (main: number, startTime: string | undefined): boolean => {
    const at = now()
    for (const [pid, { until }] of resting) if (until <= at) resting.delete(pid)
    const rest = resting.get(main)
    return rest !== undefined && rest.startTime === startTime
  }
  const lives = (pid: number) => {
    const stat = readStatSync(pid)
    return stat !== null && !hasEnded(stat)
  }

  return async (port, main) => {
    const sockets = await socketsOn(port)
    if (sockets === null) return 'unknown'
    if (sockets.length === 0) return 'nobody'
    const own: OpenSocket[] = []
    const missing = new Map(sockets.map((socket) => [socketLink(socket.inode), socket]))
    const lookAt = (pids: Iterable<number>) => inTimeSlices(moveOpen(pids, { missing, own, most }), turnMs)
    const before = readStatSync(main)?.startTime
    if (rests(main, before)) return 'unknown'
    const since = now()
    const giveUp = (): 'unknown' => {
      const at = now()
      resting.set(main, { startTime: before, until: at + restAfter(at - since) })
      return 'unknown'
    }
    if (!(await lookAt([main]))) return giveUp()
    if (missing.size === 0) return { own }
    const table = await readProcessTable()
    if (!(await lookAt(rootsAbove(table, new Set([main])).keys()))) return giveUp()
    // Few programs leave their tree, and only the environments of all processes of the machine tell whose they are then.
    if (missing.size > 0 && !(await lookAt((await ownersIn(table, [main])).keys()))) return giveUp()
    const [first] = missing.values()
    if (!first) return { own }
    const holder = await foreignHolderOf(first, main)
    // If the main process has ended in the meantime, nothing can be said: its successor may be the one that
    // listens.
    if (!lives(main) || readStatSync(main)?.startTime !== before) return 'nobody'
    return holder ? { foreign: holder } : 'unknown'
  }
}

/** Returns the process that listens on a port of 127.0.0.1; `unknown` if the system has no list of sockets. */
export async function whoListens(port: number): Promise<ForeignProcess | 'nobody' | 'unknown'> {
  const sockets = await socketsOn(port)
  if (sockets === null) return 'unknown'
  const [first] = sockets
  if (!first) return 'nobody'
  const holder = await holderOfSocket(first.inode)
  if (holder) return holder
  // A process of our own account would have been found, so it has ended in the meantime.
  return first.uid === process.getuid?.() ? 'nobody' : { uid: first.uid }
}
