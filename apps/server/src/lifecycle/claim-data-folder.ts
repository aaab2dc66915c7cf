import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DataPaths } from '../lib/paths.ts'
import { identify, isAlive, type ProcessIdentity } from '../lib/procfs/process-identity.ts'
import { writeFileAtomically } from '../lib/write-file-atomically.ts'
import { dataFolderHeld } from './data-folder.errors.ts'

const identity = z.object({ pid: z.number().int(), startTime: z.string() })

async function recorded(file: string): Promise<ProcessIdentity | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text === null ? null : identity.parse(JSON.parse(text))
}

/**
 * Records this process in `run/control-plane.json` as the control plane of a data folder. `npm run down` and
 * the next start read it. Throws `data_folder.held` if another control plane is alive, because two would undo
 * each other's work.
 */
export async function claimDataFolder(paths: Pick<DataPaths, 'root' | 'run'>): Promise<void> {
  const file = join(paths.run, 'control-plane.json')
  const other = await recorded(file)
  if (other && other.pid !== process.pid && (await isAlive(other)))
    throw dataFolderHeld({ data_folder: paths.root, pid: other.pid })
  await mkdir(paths.run, { recursive: true, mode: 0o700 })
  await writeFileAtomically(file, JSON.stringify(await identify(process.pid)))
}
