import { readFile } from 'node:fs/promises'
import { readable } from '../readable.ts'

/** A TCP socket that listens. `address` is as the kernel writes it: hexadecimal, in the machine's byte order. */
export type ListeningSocket = { address: string; port: number; uid: number; inode: string }

/** Where the kernel lists TCP sockets (`man 5 proc_pid_net`): of IPv4, and of IPv6. */
export const socketLists = ['/proc/net/tcp', '/proc/net/tcp6']

const listening = '0A'

/** The socket of a line of such a list; null where it does not listen, and for the list's head. */
export function listeningSocket(line: string): ListeningSocket | null {
  const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/)
  if (state !== listening || !inode || inode === '0') return null
  const [address = '', port = ''] = local.split(':')
  return { address, port: Number.parseInt(port, 16), uid: Number(uid), inode }
}

/** What a process's descriptor of a socket links to. */
export const socketLink = (inode: string): string => `socket:[${inode}]`

/** The sockets of a list that listen. */
export const listeningSockets = (list: string): ListeningSocket[] =>
  list.split('\n').flatMap((line) => listeningSocket(line) ?? [])

/** All TCP sockets of this machine that listen; none where the system does not say. */
export async function allListening(): Promise<ListeningSocket[]> {
  const lists = await Promise.all(socketLists.map((path) => readable(() => readFile(path, 'utf8'))))
  return lists.flatMap((list) => listeningSockets(list ?? ''))
}
