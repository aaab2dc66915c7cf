import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** An account of the machine, by its numbers. `groups` are those that it is in besides its own. */
export type Account = { uid: number; gid: number; groups?: readonly number[] | undefined }
/** An account of the machine. */
export type SystemUser = Account & { name: string }

/** Parses the accounts in the text of /etc/passwd. */
function parsePasswd(text: string): SystemUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** Returns the names of the machine's accounts by their numbers. */
export async function accountNames(): Promise<ReadonlyMap<number, string>> {
  return new Map(parsePasswd(await readFile('/etc/passwd', 'utf8')).map(({ uid, name }) => [uid, name]))
}

/** Returns the name of a group of the machine; its number if it has none. */
export async function groupName(gid: number): Promise<string> {
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'))
  return lines.find((fields) => fields[2] === String(gid))?.[0] ?? String(gid)
}

/** Returns the first of these accounts that exists on the machine, or null. */
export async function findSystemUser(names: readonly string[]): Promise<SystemUser | null> {
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  for (const name of names) {
    const found = users.find((user) => user.name === name)
    if (found) return found
  }
  return null
}

/** Returns the account that a file belongs to; null if it belongs to root or if the owner has no name. */
export async function ownerOf(path: string): Promise<SystemUser | null> {
  const { uid } = await stat(path)
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  return uid === 0 ? null : (users.find((user) => user.uid === uid) ?? null)
}

/**
 * Checks whether an account may reach a path: it must be able to search every folder above. Returns the first
 * folder that is closed to it, or null.
 */
export async function closedFolderAbove(path: string, user: Account): Promise<string | null> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { uid, gid, mode } = await stat(folder)
    const isInGroup = gid === user.gid || user.groups?.includes(gid)
    const bit = uid === user.uid ? 0o100 : isInGroup ? 0o010 : 0o001
    if ((mode & bit) === 0) return folder
    if (folder === dirname(folder)) return null
  }
}
