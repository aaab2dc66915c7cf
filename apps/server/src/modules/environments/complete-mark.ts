import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../../lib/if-there.ts'
import { isSamePlace } from '../../lib/same-place.ts'

/** It is written last: without it, the folder of an environment is left from a build that did not end. */
const file = 'complete'

/** Marks an environment as complete, with the path for which it was built. */
export const markComplete = (folder: string, content: string): Promise<void> =>
  writeFile(join(folder, file), content, { flag: 'wx' })

/**
 * Whether an environment is complete and of use at its path: scripts and links in it name the path for which it was built, so it is
 * lost if the data folder has moved. Earlier versions of the platform wrote no path, which says nothing.
 */
export async function isMarkedComplete(folder: string, content: string): Promise<boolean> {
  const builtFor = await ifThere(readFile(join(folder, file), 'utf8'))
  return builtFor === '' || (builtFor !== null && (await isSamePlace(builtFor, content)))
}
