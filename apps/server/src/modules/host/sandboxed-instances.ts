import { readlinkSync } from 'node:fs'
import { codeOfError } from '../../lib/code-of-error.ts'
import { groupBy } from '../../lib/group-by.ts'
import { readStatus, type ProcessStatus } from '../../lib/procfs/process-status.ts'
import { readProcessTable } from '../../lib/procfs/process-table.ts'

/**
 * Whether the program of an instance runs in a sandbox. Unfiltered: in one without a filter of system calls. Unknown: it has
 * just begun, or the system does not say.
 */
export type Whereabouts = 'inside' | 'unfiltered' | 'outside' | 'unknown'

/** In a sandbox, the program begins some time after the main process, at the latest after this time. */
const begunMs = 5_000

/** Whether a process has a filter of system calls that we do not have: a container gives its own to all in it. */
const isFiltered = (inner: ProcessStatus, own: ProcessStatus): boolean =>
  inner.filters === null || inner.filters > (own.filters ?? 0)

/**
 * Finds out for each main process whether its program runs in a sandbox. The main process is then a shell, its child
 * bubblewrap, and what that has started sees a namespace of processes of its own: the kernel says so, and whether it has
 * a filter, whatever the settings are now and were when the instance began. `livesMs` is the age of the instance in
 * milliseconds.
 */
export async function findWhereabouts(
  mains: readonly { pid: number; livesMs: number }[],
): Promise<Whereabouts[]> {
  const table = await readProcessTable()
  const children = groupBy([...table.keys()], (pid) => String(table.get(pid)?.parent))
  const below = (pids: readonly number[]) => pids.flatMap((pid) => children.get(String(pid)) ?? [])
  const own = readStatus(process.pid)
  const ownLevels = own?.levels ?? null
  return mains.map(({ pid, livesMs }) => {
    if (own === null || ownLevels === null || !table.has(pid)) return 'unknown'
    const inner = below(below([pid]))
      .map(readStatus)
      .find((status) => (status?.levels ?? ownLevels) > ownLevels)
    if (inner && isFiltered(inner, own)) return 'inside'
    // bubblewrap makes the namespace first, and the filter last.
    if (livesMs < begunMs) return 'unknown'
    return inner ? 'unfiltered' : 'outside'
  })
}

/** The network of a process, as the kernel names it. Null if it has ended, or the system does not say. */
function networkOf(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch (error) {
    if (codeOfError(error) !== '') return null
    throw error
  }
}

/** Finds out which of these main processes have a program that runs in another network than we do. */
export async function findCutOff(mains: readonly { pid: number }[]): Promise<ReadonlySet<number>> {
  const table = await readProcessTable()
  const children = groupBy([...table.keys()], (pid) => String(table.get(pid)?.parent))
  const below = (pids: readonly number[]) => pids.flatMap((pid) => children.get(String(pid)) ?? [])
  const own = networkOf('self')
  const isElsewhere = (pid: number) => ![own, null].includes(networkOf(pid))
  return new Set(mains.flatMap(({ pid }) => (below(below([pid])).some(isElsewhere) ? [pid] : [])))
}
