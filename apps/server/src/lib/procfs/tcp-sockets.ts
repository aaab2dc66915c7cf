import { readFile } from 'node:fs/promises'
import { endianness } from 'node:os'
import { readIfAllowed } from '../read-if-allowed.ts'

/** A listening TCP socket. `address` is as the kernel writes it: hexadecimal, in the machine's byte order. */
export type ListeningSocket = { address: string; port: number; uid: number; inode: string }

/** The kernel's lists of TCP sockets (`man 5 proc_pid_net`), for IPv4 and IPv6. */
export const socketLists = ['/proc/net/tcp', '/proc/net/tcp6']

const listening = '0A'
const connecting = '02'

/** Parses a line of such a list. null if the socket does not listen, and for the head of the list. */
export function listeningSocket(line: string): ListeningSocket | null {
  const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/)
  if (state !== listening || !inode || inode === '0') return null
  const [address = '', port = ''] = local.split(':')
  return { address, port: Number.parseInt(port, 16), uid: Number(uid), inode }
}

/** A socket that has begun to connect and has got no answer yet: where it connects to. */
export type ConnectingSocket = { host: string; port: number; inode: string }

/** Parses a line of such a list. null if the socket does not wait for a connection. */
export function connectingSocket(line: string): ConnectingSocket | null {
  const [, , remote = '', state, , , , , , inode] = line.trim().split(/\s+/)
  if (state !== connecting || !inode || inode === '0') return null
  const [address = '', port = ''] = remote.split(':')
  return { host: addressText(address), port: Number.parseInt(port, 16), inode }
}

/** The target of the link in /proc/<pid>/fd for a socket. */
export const socketLink = (inode: string): string => `socket:[${inode}]`

/** The inode of a socket, from such a target. */
export const inodeOf = (link: string): string => link.slice('socket:['.length, -1)

/**
 * Returns an address of such a list as text: IPv4 with dots, IPv6 as eight groups in the canonical form. The
 * kernel writes words of 32 bits in the byte order of the machine.
 */
export function addressText(hex: string, order: 'BE' | 'LE' = endianness()): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => {
    const pairs = (word.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
    return order === 'LE' ? pairs.toReversed() : pairs
  })
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_unused, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** The listening sockets of a list. */
export const listeningSockets = (list: string): ListeningSocket[] =>
  list.split('\n').flatMap((line) => listeningSocket(line) ?? [])

/** Returns all listening TCP sockets of this machine. Empty if the system does not say. */
export async function allListening(): Promise<ListeningSocket[]> {
  return (await readLists()).flatMap(listeningSockets)
}

/** Returns all TCP sockets of this machine that wait for a connection. Empty if the system does not say. */
export async function allConnecting(): Promise<ConnectingSocket[]> {
  return (await readLists()).flatMap((list) =>
    list.split('\n').flatMap((line) => connectingSocket(line) ?? []),
  )
}

async function readLists(): Promise<string[]> {
  const lists = await Promise.all(socketLists.map((path) => readIfAllowed(() => readFile(path, 'utf8'))))
  return lists.map((list) => list ?? '')
}
