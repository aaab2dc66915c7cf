import { join, posix } from 'node:path'
import { sha256 } from '../../lib/secrets.ts'
import type { CommandResult } from '../../lib/run-command.ts'
import type { BuildContext } from './environment-cache.ts'
import type { Interpreter } from './interpreters.ts'
import { listingArgs } from './installed-packages.ts'

/** What is installed in an environment, as the package manager lists it. */
export type EnvironmentLock = {
  /** The digest of the whole list. */
  sha256: string
  text: string
  /** Whether the text is only the beginning of the list. */
  cut: boolean
}

/** How much of a list is stored, in characters. */
const storedAtMost = 512 * 1024
/** No more of a list is read, in bytes and in lines. */
const readAtMost = 8 * 1024 ** 2
const linesAtMost = 200_000

/** A list for storing. Its digest is that of the whole list. Pure. */
export const lockOf = (text: string): EnvironmentLock => ({
  sha256: sha256(text),
  text: text.slice(0, storedAtMost),
  cut: text.length > storedAtMost,
})

/** Credentials in addresses are nobody's business, and say nothing of what was installed. Pure. */
const withoutCredentials = (text: string): string => text.replaceAll(/:\/\/[^\s/@"']+@/g, '://')

const textOf = ({ exitCode, stdout }: Pick<CommandResult, 'exitCode' | 'stdout'>): string | null =>
  exitCode === 0 && stdout.length > 0 ? withoutCredentials(`${stdout.join('\n')}\n`) : null

/** What a Python environment has, with what it sees of the machine: lines of `name==version`. */
export async function listPythonPackages(
  { run }: Pick<BuildContext, 'run'>,
  { file, number }: Pick<Interpreter, 'file' | 'number'>,
): Promise<string | null> {
  const packages = textOf(await run({ file, args: listingArgs, answerLines: linesAtMost }))
  return packages && `# Python ${number}\n${packages}`
}

/** Where package managers write what they have really installed; a lock of the project says what they were to install. */
const writtenLocks = ['node_modules/.package-lock.json', 'node_modules/.pnpm/lock.yaml']

/**
 * What a Node environment has: the lock that its package manager wrote. It is read as the build's own account, because what a
 * build made may be a link to anywhere.
 */
export async function readNodeLock(
  { run }: Pick<BuildContext, 'run'>,
  { folder, root, lock }: { folder: string; root: string; lock: string | null },
): Promise<string | null> {
  for (const path of [...writtenLocks, ...(lock === null ? [] : [lock])]) {
    const args = ['-c', String(readAtMost), join(folder, posix.join(root, path))]
    const text = textOf(await run({ file: 'head', args, answerLines: linesAtMost }))
    if (text !== null) return text
  }
  return null
}
