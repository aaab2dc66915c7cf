import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ifThere } from '../lib/if-there.ts'
import type { DataPaths } from '../lib/paths.ts'

/**
 * Removes what Node has compiled of other builds of the platform, if it keeps that in the data folder, as where root has
 * been given up (`NODE_COMPILE_CACHE`): the folder of the program can then not be written.
 */
export async function removeOldCompileCache(
  { compiled }: Pick<DataPaths, 'compiled'>,
  own: string | undefined,
): Promise<void> {
  if (own === undefined || dirname(own) !== compiled) return
  const names = (await ifThere(readdir(compiled))) ?? []
  for (const name of names.filter((one) => one !== basename(own)))
    await rm(join(compiled, name), { recursive: true, force: true })
}
