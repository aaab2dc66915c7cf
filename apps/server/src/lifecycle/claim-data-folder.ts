import { mkdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import type { DataPaths } from '../lib/paths.ts'
import { identify, isAlive, type ProcessIdentity } from '../lib/procfs/process-identity.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { apiSocketName } from './api-socket.ts'
import { dataFolderHeld } from './data-folder.errors.ts'

const identity = z.object({ pid: z.number().int(), startTime: z.string() })

async function recorded(file: string): Promise<ProcessIdentity | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text === null ? null : identity.parse(JSON.parse(text))
}

/**
 * Whether a control plane listens on its socket in the data folder. In another container on the same volume its pid means nothing
 * here, but its socket answers. The socket of one that was killed refuses.
 */
function isAnswering({ control }: Pick<DataPaths, 'control'>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(control, apiSocketName))
    const tell = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => tell(true))
    // `EAGAIN` is of one that has no time for further connections now.
    socket.once('error', (error: NodeJS.ErrnoException) => tell(error.code === 'EAGAIN'))
  })
}

/**
 * Records this process in `run/control-plane.json` as the control plane of a data folder. `npm run down` and
 * the next start read it. Throws `data_folder.held` if another control plane is alive, because two would undo
 * each other's work. Called before anything of the data folder is changed.
 */
export async function claimDataFolder(paths: Pick<DataPaths, 'root' | 'run' | 'control'>): Promise<void> {
  const file = join(paths.run, 'control-plane.json')
  const other = await recorded(file)
  if (other && other.pid !== process.pid && (await isAlive(other)))
    throw dataFolderHeld({ data_folder: paths.root, pid: other.pid })
  if (await isAnswering(paths)) throw dataFolderHeld({ data_folder: paths.root, pid: null })
  await mkdir(paths.run, { recursive: true, mode: 0o700 })
  await writeFileAtomically(file, JSON.stringify(await identify(process.pid)))
}
