import { readFile } from 'node:fs/promises'
import { readable } from '../readable.ts'

/** A listening TCP socket. `address` is as the kernel writes it: hexadecimal, in the machine's byte order. */
export type ListeningSocket = { address: string; port: number; uid: number; inode: string }

/** The kernel's lists of TCP sockets (`man 5 proc_pid_net`), for IPv4 and IPv6. */
export const socketLists = ['/proc/net/tcp', '/proc/net/tcp6']

const listening = '0A'

/** Parses a line of such a list. null if the socket does not listen, and for the head of the list. */
export function listeningSocket(line: string): ListeningSocket | null {
  const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/)
  if (state !== listening || !inode || inode === '0') return null
  const [address = '', port = ''] = local.split(':')
  return { address, port: Number.parseInt(port, 16), uid: Number(uid), inode }
}

/** The target of the link in /proc/<pid>/fd for a socket. */
export const socketLink = (inode: string): string => `socket:[${inode}]`

/** The listening sockets of a list. */
export const listeningSockets = (list: string): ListeningSocket[] =>
  list.split('\n').flatMap((line) => listeningSocket(line) ?? [])

/** Returns all listening TCP sockets of this machine. Empty if the system does not say. */
export async function allListening(): Promise<ListeningSocket[]> {
  const lists = await Promise.all(socketLists.map((path) => readable(() => readFile(path, 'utf8'))))
  return lists.flatMap((list) => listeningSockets(list ?? ''))
}
