import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs'
import { holderOfSocket } from './all-port-holders.ts'
import {
  listeningSocket,
  listeningSockets,
  socketLink,
  socketLists,
  type ListeningSocket,
} from './tcp-sockets.ts'
import type { PortHolder } from './port-holder.ts'
import { readStatSync } from './process-identity.ts'
import { processOwners } from './process-owners.ts'
import { readProcessTable } from './process-table.ts'
import { readableNow } from '../readable.ts'
import { shareNext } from '../share-next.ts'

/** Somebody else's process on a port; only the account's number where the system does not name the process. */
export type Stranger = PortHolder | { uid: number }

/** Who listens on a port: a process's own tree, a stranger, nobody, or somebody of whom the system does not say whose process it is. */
export type PortListener = 'own' | 'nobody' | 'untold' | { stranger: Stranger }

const chunkBytes = 16_384
/** Local addresses, as /proc/net/tcp and tcp6 write them in either byte order, on which a connection to 127.0.0.1 arrives. */
const reached = /^(?:0{8}|0100007F|7F000001|0{32}|0{16}(?:FFFF0000|0000FFFF)(?:0100007F|7F000001))$/

/** Whether the last whole line in a piece of the list is of a socket that listens, or of none, as the list's head. */
function endsListening(piece: string): boolean {
  const end = piece.lastIndexOf('\n')
  const line = piece.slice(piece.lastIndexOf('\n', end - 1) + 1, Math.max(end, 0))
  return listeningSocket(line) !== null || !line.includes(':')
}

/**
 * The text of /proc/net/tcp or tcp6; null where the system has no such list. The kernel has those that listen first
 * (net/ipv4/tcp_ipv4.c), and unless `all` are asked for, reading ends with them: the connections behind them may be thousands.
 */
function listIn(path: string, all: boolean): string | null {
  const file = readableNow(() => openSync(path, 'r'))
  if (file === null) return null
  try {
    const chunk = Buffer.alloc(chunkBytes)
    const pieces: string[] = []
    for (;;) {
      const bytes = readSync(file, chunk)
      const piece = chunk.toString('latin1', 0, bytes)
      pieces.push(piece)
      if (bytes === 0 || (!all && !endsListening(piece))) return pieces.join('')
    }
  } finally {
    closeSync(file)
  }
}

/** The lines of a text in which some words are. */
function* linesWith(text: string, words: string): Generator<string> {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    yield text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at))
}

/** The sockets in a list that take connections to a port of 127.0.0.1. */
function socketsIn(list: string, port: number): ListeningSocket[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  // Of thousands of lines only those are taken apart in which the port stands, as this socket's or as the other side's.
  const sockets = [...linesWith(list, `${suffix} `)].flatMap((line) => listeningSocket(line) ?? [])
  return sockets.filter((socket) => socket.port === port && reached.test(socket.address))
}

/** Where the quick lists are read all the time, as when many are started, that takes half of the time at most. */
const restBetween = 1
const quick = socketLists.map((path) => shareNext(async () => listIn(path, false), restBetween))
const whole = socketLists.map((path) => async () => listIn(path, true))

/**
 * The sockets that take connections to a port of 127.0.0.1; null where the system has no list of sockets. Beside one of IPv4, one of
 * all IPv6 addresses takes no connections of IPv4.
 */
async function socketsOn(port: number): Promise<ListeningSocket[] | null> {
  let isListed = false
  // Quick first; of a kernel that mixes them, all.
  for (const read of [...quick, ...whole]) {
    const list = await read()
    if (list === null) continue
    isListed = true
    const found = socketsIn(list, port)
    if (found.length > 0) return found
  }
  return isListed ? [] : null
}

/**
 * The sockets that listen on 127.0.0.1, by port, each as one word: two looks that give the same word saw the same sockets. Null where the
 * system has no list of sockets.
 */
export async function socketsByPort(): Promise<Map<number, string> | null> {
  const lists = await Promise.all(quick.map((read) => read()))
  if (lists.every((list) => list === null)) return null
  const found = new Map<number, string>()
  for (const { address, port, inode } of lists.flatMap((list) => listeningSockets(list ?? '')))
    if (reached.test(address)) found.set(port, `${found.get(port) ?? ''} ${inode}`)
  return found
}

/** Those of some sockets that a process has not open. */
function without(sockets: readonly ListeningSocket[], pid: number): ListeningSocket[] {
  const descriptors = readableNow(() => readdirSync(`/proc/${pid}/fd`)) ?? []
  const open = new Set(descriptors.map((fd) => readableNow(() => readlinkSync(`/proc/${pid}/fd/${fd}`))))
  return sockets.filter(({ inode }) => !open.has(socketLink(inode)))
}

/** Who has a socket that nobody of a process's tree has; null where that cannot be told. */
async function strangerOf(socket: ListeningSocket, main: number): Promise<Stranger | null> {
  const holder = await holderOfSocket(socket.inode)
  if (holder) return holder
  const uid = readableNow(() => statSync(`/proc/${main}`).uid)
  return uid === null || uid === socket.uid ? null : { uid: socket.uid }
}

/**
 * Finds who listens on a port of 127.0.0.1, seen from a main process: it or its tree (descent, group, session, marker), or a
 * stranger. Quick where the main process itself listens: a read of the listening sockets and of its descriptors, less than a
 * millisecond; only otherwise are all processes looked at.
 */
export function portListeners(): (port: number, main: number) => Promise<PortListener> {
  const ownersIn = processOwners()
  const lives = (pid: number) => (readStatSync(pid)?.state ?? 'Z') !== 'Z'

  return async (port, main) => {
    const sockets = await socketsOn(port)
    if (sockets === null) return 'untold'
    if (sockets.length === 0) return 'nobody'
    let foreign = without(sockets, main)
    if (foreign.length === 0) return 'own'
    const before = readStatSync(main)?.startTime
    const table = await readProcessTable()
    for (const pid of ownersIn(table, [main]).keys()) foreign = without(foreign, pid)
    const [first] = foreign
    if (!first) return 'own'
    const stranger = await strangerOf(first, main)
    // Of a process that has ended meanwhile nothing can be said: who listens may be its successor.
    if (!lives(main) || readStatSync(main)?.startTime !== before) return 'nobody'
    return stranger ? { stranger } : 'untold'
  }
}

/** Who listens on a port of 127.0.0.1, whoever that is; `untold` where the system has no list of sockets. */
export async function whoListens(port: number): Promise<Stranger | 'nobody' | 'untold'> {
  const sockets = await socketsOn(port)
  if (sockets === null) return 'untold'
  const [first] = sockets
  if (!first) return 'nobody'
  const holder = await holderOfSocket(first.inode)
  if (holder) return holder
  // One of our own account would have been found: it has ended meanwhile.
  return first.uid === process.getuid?.() ? 'nobody' : { uid: first.uid }
}
