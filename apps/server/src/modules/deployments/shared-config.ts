import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { sharedConfig } from './scaffold.ts'

/** What writing the shared settings needs. */
export type SharedConfigDeps = {
  paths: DataPaths
  services: { all: () => Promise<Parameters<typeof sharedConfig>[0]> }
}

const queue = keyedQueue()

/**
 * Rewrites the settings that all services share: `config/common.py` and `config/ports.py`. Calls for one folder wait
 * for each other, so that the last one writes the newest list.
 */
export function writeSharedConfig({ paths, services }: SharedConfigDeps): Promise<void> {
  const { serviceConfig: folder } = paths
  return queue.run(folder, async () => {
    await mkdir(folder, { recursive: true })
    for (const file of sharedConfig(await services.all()))
      await writeFileAtomically(join(folder, file.path), file.content, file.mode)
  })
}
