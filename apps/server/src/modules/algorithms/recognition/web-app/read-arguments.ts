import type { PackageReading } from '../package-reading.ts'
import { filesReached } from '../python/find-module.ts'

/** A place where a file reads the arguments of its program as soon as it is loaded. */
export type ArgumentsRead = { file: string; line: number }

/** `parser.parse_args()` at the start of a line: not in a function, nor below `if __name__ == "__main__":`. */
const reads =
  /^(?:\w[\w ,]{0,100}(?::[^=\n]{1,100})?=[ \t]*)?[\w.]{1,100}(?:\([^()\n]{0,200}\)[.\w]{0,100})?\.parse_args\([ \t]*\)/m

/**
 * Where a program reads its arguments when it is only imported: in its file, or in one that it imports. Null if nowhere.
 * A server that imports it has other arguments, and `argparse` ends the program at those that it does not know.
 */
export async function argumentsRead(reading: PackageReading, start: string): Promise<ArgumentsRead | null> {
  for (const { path } of await filesReached(reading, start)) {
    const module = await reading.module(path)
    const found = module && reads.exec(module.code)
    if (found) return { file: path, line: module.code.slice(0, found.index).split('\n').length }
  }
  return null
}
