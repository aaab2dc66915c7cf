import { markersIn } from './process-markers.ts'
import { rootsAbove, type ProcessTable } from './process-table.ts'

/**
 * Finds the owner of each process: by descent, group and session, or else by the marker in its environment.
 * Each environment is read once, not at each call.
 */
export function processOwners() {
  const markers = markersIn()

  /** For each process of the table that belongs to one of `pids`, returns that pid. */
  return async (table: ProcessTable, pids: readonly number[]): Promise<Map<number, number>> => {
    const owners = rootsAbove(table, new Set(pids))
    const others = [...table.keys()].filter((pid) => !owners.has(pid))
    const markersOf = await markers(table, [...pids, ...others])
    const markerOf = (pid: number) => markersOf(pid).join('\0')
    const rootOf = new Map<string, number>()
    for (const pid of pids) {
      const marker = markerOf(pid)
      if (marker) rootOf.set(marker, pid)
    }
    for (const pid of others) {
      const root = rootOf.get(markerOf(pid))
      if (root !== undefined) owners.set(pid, root)
    }
    return owners
  }
}
