import { once } from 'node:events'
import { mkdir, rm, rmdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../lib/if-there.ts'
import { streamCommand } from '../lib/run-command.ts'
import { shortDigest } from '../lib/short-digest.ts'
import { programs } from './entering.ts'
import { LateError } from './late.ts'
import { runOrThrow } from './run-or-throw.ts'
import { isSameMap, mapText, type UserMap } from './user-map.ts'

/** Where root keeps the namespaces: each is mounted on a file, so it stays without any process in it. */
const namespaces = '/run/vitrine-root'
/** The kind of file system of a namespace (`NSFS_MAGIC` in linux/magic.h). */
const nsfs = 0x6e736673
const usualMostMs = 30_000

/** The folder of root in which it keeps what it has made for a data folder. */
export const rootsFolderOf = (dataFolder: string): string => join(namespaces, shortDigest(dataFolder))
const fileOf = (dataFolder: string) => join(rootsFolderOf(dataFolder), 'userns')

const run = (file: string, args: readonly string[]): Promise<string[]> =>
  runOrThrow({ file, args, cwd: '/' }, { timeoutMs: usualMostMs })

const isKept = async (file: string) => (await ifThere(statfs(file)))?.type === nsfs

/** The users or groups of a kept namespace, as the kernel tells a process in it. */
const mapIn = async (file: string, name: 'uid_map' | 'gid_map') =>
  (await run(programs.nsenter, [`--user=${file}`, '/bin/cat', `/proc/self/${name}`])).join('\n')

async function hasMap(file: string, map: UserMap): Promise<boolean> {
  return (
    isSameMap(await mapIn(file, 'uid_map'), map.users) && isSameMap(await mapIn(file, 'gid_map'), map.groups)
  )
}

/** Gives the namespace of a process that waits its map, and mounts it on a file. */
async function keep(pid: number, file: string, map: UserMap): Promise<void> {
  await writeFile(`/proc/${pid}/uid_map`, mapText(map.users))
  await writeFile(`/proc/${pid}/gid_map`, mapText(map.groups))
  await writeFile(file, '')
  await run(programs.mount, ['--bind', `/proc/${pid}/ns/user`, file])
}

/** Makes a namespace and mounts it on a file. The process that made it ends, at the latest after `mostMs`. */
async function make(file: string, map: UserMap, mostMs: number): Promise<void> {
  const args = ['--user', '/bin/sh', '-c', 'echo $$; read end']
  const child = streamCommand({ file: programs.unshare, args, cwd: '/', env: {} })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill()
  }, mostMs)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const printed = once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => Number(text))
  printed.catch(() => undefined)
  try {
    const pid = await Promise.race([printed, child.closed])
    if (typeof pid !== 'number')
      throw new Error(
        `${programs.unshare}: ${pid.startError ?? (said.trim() || `exit code ${pid.exitCode}`)}`,
      )
    await keep(pid, file, map)
  } catch (error) {
    // Whatever failed, it may have failed because the process was ended.
    throw isLate ? new LateError(programs.unshare, mostMs) : error
  } finally {
    child.stdin.end()
    await child.closed
    clearTimeout(timer)
  }
}

/**
 * Returns the file of the user namespace of a data folder. It is made once: a process of another namespace, even
 * with the same map, could not signal those that still run in this one. Needs root. Throws with the system's
 * reason if there can be none, or if the kept one has other users and something may still run in it; with a
 * {@link LateError} if that was not found out in time.
 */
export async function keepNamespace(
  dataFolder: string,
  map: UserMap,
  { mostMs = usualMostMs } = {},
): Promise<string> {
  const file = fileOf(dataFolder)
  await mkdir(rootsFolderOf(dataFolder), { recursive: true, mode: 0o700 })
  if (!(await isKept(file))) await make(file, map, mostMs)
  else if (!(await hasMap(file, map)))
    throw new Error(`${file} is a namespace with other users: end everything with npm run down`)
  return file
}

/** Gives up the namespace of a data folder, if there is one, once nothing runs in it. Needs root. */
export async function leaveNamespace(dataFolder: string): Promise<void> {
  const file = fileOf(dataFolder)
  if (await isKept(file)) await run(programs.umount, [file])
  await rm(file, { force: true })
  await ifThere(rmdir(rootsFolderOf(dataFolder)))
}
