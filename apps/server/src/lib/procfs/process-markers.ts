import { environmentOf, type ProcessTable } from './process-table.ts'

/** The environment variables that mark a process as belonging to an instance. */
export const markerNames = ['VITRINE_INSTANCE', 'VITRINE_RELEASE_FILE'] as const

/**
 * A process younger than this may still exec another program with another environment; clock ticks of 1/100
 * s.
 */
const youngTicks = 1_000

const entries = new RegExp(`(?<=\\0)(?:${markerNames.join('|')})=[^\\0]*`, 'g')

/** Returns the marker entries of a process's environment, such as `VITRINE_INSTANCE=demo-r1-1`, sorted. */
export const readMarkers = (pid: number): string[] => environmentOf(pid).match(entries)?.toSorted() ?? []

type Seen = { startTime: string; markers: readonly string[] }
const none: readonly string[] = []

/**
 * {@link readMarkers} for the processes of a table. The environment of a process that is not young is read
 * once, not for each table.
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
      const { startTime } = stat
      const known = before.get(pid)
      const markers = known?.startTime === startTime ? known.markers : readMarkers(pid)
      if (newest - Number(startTime) > youngTicks) seen.set(pid, { startTime, markers })
      return markers
    }
  }
}
