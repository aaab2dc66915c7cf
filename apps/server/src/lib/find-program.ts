import { delimiter, join } from 'node:path'
import { pathExists } from './path-exists.ts'

/** Returns the first file with this name in the folders of `path` (separated as in PATH), or null. */
export async function findProgram(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    const found = await pathExists(file)
    if (found) return file
  }
  return null
}
