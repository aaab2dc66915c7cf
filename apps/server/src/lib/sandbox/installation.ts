import { realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname } from 'node:path'

/**
 * Returns the folder in which a program is installed, `<folder>` of `<folder>/bin/<program>`, with the
 * libraries beside it. The file alone if the folder contains one of `closed`, or is one: a program in
 * `~/bin` does not open the home folder. Pure.
 */
export function installationOf(file: string, closed: readonly string[]): string {
  const folder = dirname(dirname(file))
  const isOpen = closed.every((one) => !`${one}/`.startsWith(folder === '/' ? '/' : `${folder}/`))
  return basename(dirname(file)) === 'bin' && isOpen ? folder : file
}

/** Returns what must be visible for these programs to run: where they are, and where their links lead. */
export async function installationsOf(files: readonly string[], dataFolder: string): Promise<string[]> {
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)))
  const closed = [homedir(), dataFolder]
  return [...new Set([...files, ...real].map((file) => installationOf(file, closed)))]
}
