import { mkdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../lib/code-of-error.ts'
import type { DataPaths } from '../lib/paths.ts'
import { identify, isAlive, signalProcess, type ProcessIdentity } from '../lib/procfs/process-identity.ts'
import { waitFor } from '../lib/wait-for.ts'
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
    socket.once('error', (error) => tell(hasCode(error, 'EAGAIN')))
  })
}

const recordOf = ({ run }: Pick<DataPaths, 'run'>) => join(run, 'control-plane.json')

/** The living process that is recorded as the control plane of a data folder; null if there is none on this machine. */
export async function recordedControlPlane(paths: Pick<DataPaths, 'run'>): Promise<ProcessIdentity | null> {
  const other = await recorded(recordOf(paths))
  return other && (await isAlive(other)) ? other : null
}

/** How long a control plane that has lost the database may take for the rest of its end, and the kernel for a kill. */
const usualPatience = { endMs: 1_000, killMs: 5_000 }

/**
 * Ends the former control plane of a data folder, once another one has the lock on the database. One that has given the lock
 * back ends by itself in a moment. Any other is killed: it could otherwise still start and stop processes, or remove the socket of
 * its successor. That is no harm, since a start goes on after a kill. Returns its pid if it had to be killed.
 */
export async function endFormerControlPlane(
  paths: Pick<DataPaths, 'root' | 'run'>,
  { endMs, killMs } = usualPatience,
): Promise<number | null> {
  const former = await recordedControlPlane(paths)
  if (former === null || former.pid === process.pid) return null
  const hasEnded = async () => !(await isAlive(former))
  if (await waitFor(hasEnded, { timeoutMs: endMs })) return null
  signalProcess(former, 'SIGKILL')
  if (await waitFor(hasEnded, { timeoutMs: killMs })) return former.pid
  throw dataFolderHeld({ data_folder: paths.root, pid: former.pid })
}

/**
 * Records this process in `run/control-plane.json` as the control plane of a data folder. `npm run down` and
 * the next start read it. Throws `data_folder.held` if another control plane is alive, because two would undo
 * each other's work. Called before anything of the data folder is changed.
 */
export async function claimDataFolder(paths: Pick<DataPaths, 'root' | 'run' | 'control'>): Promise<void> {
  const other = await recordedControlPlane(paths)
  if (other && other.pid !== process.pid) throw dataFolderHeld({ data_folder: paths.root, pid: other.pid })
  if (await isAnswering(paths)) throw dataFolderHeld({ data_folder: paths.root, pid: null })
  await mkdir(paths.run, { recursive: true, mode: 0o700 })
  await writeFileAtomically(recordOf(paths), JSON.stringify(await identify(process.pid)))
}
