import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** The absolute path of a package's file. Null if the name leaves the package or names nothing. */
export async function pathInPackage(folder: string, name: string): Promise<string | null> {
  const path = await realpath(join(folder, name)).catch(() => null)
  return path?.startsWith((await realpath(folder)) + sep) ? path : null
}
