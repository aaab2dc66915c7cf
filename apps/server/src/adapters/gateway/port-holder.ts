import { readdir, readFile, readlink } from 'node:fs/promises'

/** Reads a file or link of /proc that may vanish while it is looked at, or belong to another user. */
async function ifReadable<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** Inodes of the sockets that listen on a TCP port, out of the text of /proc/net/tcp or tcp6 (state 0A = LISTEN). */
export function listeningInodes(text: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9] ?? '')
}

/**
 * Who listens on a TCP port, as `command (pid 123)`. Null where nobody does, or where the system does not let us see
 * (another user's process; not Linux).
 */
export async function portHolder(port: number): Promise<string | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => ifReadable(readFile(file, 'utf8'))),
  )
  const sockets = new Set(
    tables.flatMap((text) => listeningInodes(text ?? '', port)).map((inode) => `socket:[${inode}]`),
  )
  if (sockets.size === 0) return null
  for (const pid of (await ifReadable(readdir('/proc'))) ?? []) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of (await ifReadable(readdir(`/proc/${pid}/fd`))) ?? []) {
      const target = await ifReadable(readlink(`/proc/${pid}/fd/${fd}`))
      if (target === null || !sockets.has(target)) continue
      const command = await ifReadable(readFile(`/proc/${pid}/comm`, 'utf8'))
      return `${command?.trim() ?? '?'} (pid ${pid})`
    }
  }
  return null
}
