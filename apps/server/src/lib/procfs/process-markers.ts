import type { ProcessStat } from './process-identity.ts'
import { environmentOf, type ProcessTable } from './process-table.ts'

/** The environment variables that mark a process as belonging to an instance. */
export const markerNames = ['VITRINE_INSTANCE', 'VITRINE_RELEASE_FILE'] as const

/** A process younger than this may still execute another program with another environment; clock ticks of 1/100 s. */
const youngTicks = 1_000

const entries = new RegExp(`(?<=\\0)(?:${markerNames.join('|')})=[^\\0]*`, 'g')

const markersOf = (environment: string): string[] => environment.match(entries)?.toSorted() ?? []

/** Returns the marker entries of a process's environment, such as `VITRINE_INSTANCE=demo-r1-1`, sorted. */
export const readMarkers = (pid: number): string[] => markersOf(environmentOf(pid))

type Seen = { stat: ProcessStat; markers: readonly string[] }
const none: readonly string[] = []

/**
 * Whether a process has the environment that it had: it is the same one, and it runs the program that it ran. One that has executed
 * a program of the same name since had the same environment already, because what starts an instance passes it through. Pure.
 */
const isUnchanged = (now: ProcessStat, { stat }: Seen): boolean =>
  now.startTime === stat.startTime && now.program === stat.program && now.hasExecuted === stat.hasExecuted

/**
 * {@link readMarkers} for the processes of a table. An environment is read once, not for each table. A young process that is still a copy
 * of its parent, or whose environment is empty, is looked at again: it is about to execute a program.
 */
export function markersIn(): (table: ProcessTable) => (pid: number) => readonly string[] {
  let seen = new Map<number, Seen>()

  return (table) => {
    let newest = 0
    for (const { startTime } of table.values()) newest = Math.max(newest, Number(startTime))
    const before = seen
    seen = new Map()
    return (pid) => {
      const stat = table.get(pid)
      if (!stat || stat.isKernel) return none
      const known = before.get(pid)
      if (known && isUnchanged(stat, known)) {
        seen.set(pid, known)
        return known.markers
      }
      const environment = environmentOf(pid)
      const markers = markersOf(environment)
      const isOld = newest - Number(stat.startTime) > youngTicks
      if (isOld || (stat.hasExecuted && environment.length > 1)) seen.set(pid, { stat, markers })
      return markers
    }
  }
}
