import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { removeFolder } from '../lib/foreign-folder.ts'
import type { DataPaths } from '../lib/paths.ts'

/**
 * Removes what a killed control plane was receiving or reading: media files, files of runs and packages, which a control
 * plane that ends in order removes itself. Uploads that continue after an interruption stay. Called before anything is
 * received and after git's account has no process any more. What cannot be removed is logged, and tried again at the next start.
 */
export async function removeLeftUploads(
  { uploads, arriving }: Pick<DataPaths, 'uploads' | 'arriving'>,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  for (const name of await readdir(uploads)) {
    const path = join(uploads, name)
    if (path === arriving) continue
    await removeFolder(path).catch((error: unknown) =>
      logger.warn({ err: error, path }, 'an upload of an earlier control plane could not be removed'),
    )
  }
}
