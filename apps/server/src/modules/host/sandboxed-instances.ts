import { groupBy } from '../../lib/group-by.ts'
import { readStatus } from '../../lib/procfs/process-status.ts'
import { readProcessTable } from '../../lib/procfs/process-table.ts'

/** Whether the program of an instance runs in a sandbox. Unknown: it has just begun, or the system does not tell. */
export type Whereabouts = 'inside' | 'outside' | 'unknown'

/** In a sandbox, the program begins some time after the main process, at the latest after this time. */
const begunMs = 5_000

/**
 * Finds out for each main process whether its program runs in a sandbox. The main process is then a shell, its child
 * bubblewrap, and what that has started sees a namespace of processes of its own: the kernel says so, whatever the
 * settings are now and were when the instance began. `livesMs` is the age of the instance in milliseconds.
 */
export async function findWhereabouts(
  mains: readonly { pid: number; livesMs: number }[],
): Promise<Whereabouts[]> {
  const table = await readProcessTable()
  const children = groupBy([...table.keys()], (pid) => String(table.get(pid)?.parent))
  const below = (pids: readonly number[]) => pids.flatMap((pid) => children.get(String(pid)) ?? [])
  const ownLevels = readStatus(process.pid)?.levels ?? null
  return mains.map(({ pid, livesMs }) => {
    if (ownLevels === null || !table.has(pid)) return 'unknown'
    const levels = below(below([pid])).map((inner) => readStatus(inner)?.levels ?? ownLevels)
    if (levels.some((one) => one > ownLevels)) return 'inside'
    return livesMs < begunMs ? 'unknown' : 'outside'
  })
}
