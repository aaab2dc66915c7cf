import { chmod, lchown, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from './if-there.ts'
import { hasCode } from './code-of-error.ts'
import { runCommand, type RunAs } from './run-command.ts'

/*
 * Folders that another account owns, in a platform that runs as root. Two rules keep root from being led
 * astray in them:
 *
 * - Every folder above belongs to root, and nobody else may write to it. So the folder itself cannot be
 *   replaced by a link.
 * - Root works inside only through the functions of this file. They follow no link, and they are called after
 *   all processes of the account have ended.
 */

const path = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const isRoot = () => process.getuid?.() === 0

async function must(file: string, args: readonly string[]): Promise<void> {
  const result = await runCommand({ file, args, cwd: '/', env: path })
  if (result.exitCode !== 0)
    throw new Error(`${file} ${args.join(' ')}: ${result.startError ?? result.stderr.join('\n')}`)
}

/** Runs a shell script, in which `$1` and the following are the arguments. Stops at the first error. */
const mustScript = (script: string, ...args: string[]) => must('/bin/sh', ['-ec', script, 'sh', ...args])

/**
 * Creates a folder for an account if it does not exist, owned by the account, and sets its mode. An existing one that
 * belongs to another account is handed over with everything in it that belonged to that account. Null for
 * the platform's own account. The folder above must belong to the platform.
 */
export async function giveFolder(folder: string, account: RunAs | null, mode = 0o700): Promise<void> {
  const isNew = await mkdir(folder, { mode }).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    },
  )
  if (isNew) {
    if (account) await lchown(folder, account.uid, account.gid)
    return
  }
  const found = await lstat(folder)
  if (!found.isDirectory()) throw new Error(`${folder} is no folder`)
  // `chown -R` walks by descriptors, so a name that is replaced meanwhile leads nowhere else. `-h` and `--from`:
  // neither the target of a link nor a file of a third account, of which this is another name, is given away.
  if (account && found.uid !== account.uid)
    await must('chown', ['-R', '-h', `--from=${found.uid}`, `${account.uid}:${account.gid}`, '--', folder])
  if ((found.mode & 0o7777) !== mode) await chmod(folder, mode)
}

/**
 * Makes the platform the owner of a folder and of everything in it, after all processes of its account have
 * ended. Everybody may then read it and nobody may change it. What is neither a file, a folder nor a link is
 * removed, and so is a file of a third account, and files run with the rights of their caller.
 */
export async function takeFolder(folder: string, account: RunAs | null): Promise<void> {
  if (!account || !isRoot()) return
  const script = `find "$1" -xdev ! \\( \\( -type f -o -type d -o -type l \\) -uid "$2" \\) -delete
chown -R -h 0:0 -- "$1"
chmod -R u-s,g-s,g-w,o-w,a+rX -- "$1"`
  await mustScript(script, folder, String(account.uid))
}

/**
 * Gives an account a small folder of plain files that the platform has just made; its group may read it. Nobody can enter
 * it before all of it is given, so that no command need walk by descriptors.
 */
export async function giveNewFolder(folder: string, { uid, gid }: RunAs): Promise<void> {
  await chmod(folder, 0o700)
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    const inside = join(entry.parentPath, entry.name)
    await chmod(inside, entry.isDirectory() ? 0o750 : 0o640)
    await lchown(inside, uid, gid)
  }
  await chmod(folder, 0o750)
  await lchown(folder, uid, gid)
}

/** Lets the group of an account read a folder of the platform, and nobody else. */
export async function showFolder(folder: string, account: RunAs): Promise<void> {
  const script = 'chown -R -h "0:$2" -- "$1"; chmod -R g+rX -- "$1"; chmod 0750 -- "$1"'
  await mustScript(script, folder, String(account.gid))
}

/**
 * Moves a file out of a folder of an account, after all its processes have ended, and makes the platform its
 * owner. Throws if it is not a plain file that the account itself wrote.
 */
export async function takeFile(from: string, to: string, account: RunAs | null): Promise<void> {
  const found = await lstat(from)
  if (!found.isFile() || found.nlink !== 1 || (account && found.uid !== account.uid))
    throw new Error(`${from} is no plain file of its account`)
  if (account) await must('chown', ['-h', '0:0', '--', from])
  await rename(from, to)
}

/** Removes a folder, with what other accounts own in it. Follows no link. A missing folder is no error. */
export async function removeFolder(folder: string): Promise<void> {
  if ((await ifThere(lstat(folder))) === null) return
  // Node's own removal looks at a name and then uses it again: a folder that is replaced by a link in
  // between would lead root elsewhere. rm walks by descriptors.
  if (isRoot()) await must('rm', ['-rf', '--', folder])
  else await rm(folder, { recursive: true, force: true })
}
