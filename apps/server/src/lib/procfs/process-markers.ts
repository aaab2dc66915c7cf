import { environmentOf } from './environments.ts'
import type { ProcessStat } from './process-identity.ts'
import type { ProcessTable } from './process-table.ts'

/** The environment variables that mark a process as belonging to an instance. */
export const markerNames = ['VITRINE_INSTANCE', 'VITRINE_RELEASE_FILE'] as const

/** A process younger than this may still execute another program with another environment; clock ticks of 1/100 s. */
const youngTicks = 1_000

const entries = new RegExp(`(?<=\\0)(?:${markerNames.join('|')})=[^\\0]*`, 'g')

const markersOf = (environment: string): string[] => environment.match(entries)?.toSorted() ?? []

type Seen = { stat: ProcessStat; markers: readonly string[] }
const none: readonly string[] = []

/**
 * Whether a process has the environment that it had: it is the same one, and it runs the program that it ran. One that has executed
 * a program of the same name since had the same environment already, because what starts an instance passes it through. Pure.
 */
const isUnchanged = (now: ProcessStat, { stat }: Seen): boolean =>
  now.startTime === stat.startTime && now.program === stat.program && now.hasExecuted === stat.hasExecuted

/** Finds the markers of these processes of a table. What it returns gives those of one; none for any other process. */
type MarkersIn = (table: ProcessTable, pids: Iterable<number>) => Promise<(pid: number) => readonly string[]>

/**
 * Reads the marker entries of the environments of a table's processes, such as `VITRINE_INSTANCE=demo-r1-1`, sorted. An environment
 * is read once, not for each table. A young process that is still a copy of its parent, or whose environment is empty, is looked at
 * again: it is about to execute a program. So is one whose environment could not be read now.
 */
export function markersIn(): MarkersIn {
  let seen = new Map<number, Seen>()

  return async (table, pids) => {
    let newest = 0
    for (const { startTime } of table.values()) newest = Math.max(newest, Number(startTime))
    const before = seen
    const now = new Map<number, Seen>()
    const passing = new Map<number, readonly string[]>()
    for (const pid of pids) {
      const stat = table.get(pid)
      if (!stat || stat.isKernel || now.has(pid)) continue
      const known = before.get(pid)
      if (known && isUnchanged(stat, known)) {
        now.set(pid, known)
        continue
      }
      const environment = await environmentOf(pid)
      if (environment === null) continue
      const markers = markersOf(environment)
      const isOld = newest - Number(stat.startTime) > youngTicks
      if (isOld || (stat.hasExecuted && environment.length > 1)) now.set(pid, { stat, markers })
      else passing.set(pid, markers)
    }
    seen = now
    return (pid) => now.get(pid)?.markers ?? passing.get(pid) ?? none
  }
}
