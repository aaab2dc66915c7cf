import { setImmediate as giveWay } from 'node:timers/promises'
import { markersIn } from '../../lib/procfs/process-markers.ts'
import { readProcessTable, type ProcessTable } from '../../lib/procfs/process-table.ts'
import { coalesce } from '../../lib/coalesce.ts'

/** The living processes of one moment, and how they are related. */
export type ProcessScan = {
  table: ProcessTable
  /** The processes whose environment has this entry, for example `VITRINE_INSTANCE=demo-r1-1`. */
  byEntry: ReadonlyMap<string, readonly number[]>
  byParent: ReadonlyMap<number, readonly number[]>
  /** The processes of this group or session. */
  byGroup: ReadonlyMap<number, readonly number[]>
}

/** How many environments are read before the event loop gets a turn. */
const atOnce = 40
/** If many processes are started and ended at once, scans take a third of the time, not all of it. */
const restBetween = 2

const addTo = <K>(map: Map<K, number[]>, key: K, pid: number) => {
  const list = map.get(key)
  if (list) list.push(pid)
  else map.set(key, [pid])
}

const markers = markersIn()

async function scan(): Promise<ProcessScan> {
  const table = await readProcessTable()
  const markersOf = await markers(table, table.keys())
  const byEntry = new Map<string, number[]>()
  const byParent = new Map<number, number[]>()
  const byGroup = new Map<number, number[]>()
  let read = 0
  for (const [pid, stat] of table) {
    addTo(byParent, stat.parent, pid)
    addTo(byGroup, stat.group, pid)
    if (stat.session !== stat.group) addTo(byGroup, stat.session, pid)
    if (++read % atOnce === 0) await giveWay()
    for (const entry of markersOf(pid)) addTo(byEntry, entry, pid)
  }
  return { table, byEntry, byParent, byGroup }
}

/** Returns the living processes at some moment after this call. Callers during a scan share the next one. */
export const scanProcesses = coalesce(scan, restBetween)
