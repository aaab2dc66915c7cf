import { isAliveSync, signalProcess, type ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import { markerNames } from '../../lib/procfs/process-markers.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { scanProcesses, type ProcessScan } from './process-scan.ts'
import { processesWontEnd } from './process-runner.errors.ts'
import type { ProcessSpec } from './process-runner.ts'

/** A living process of a tree. */
export type TreeMember = ProcessIdentity & { parent: number; group: number; threads: number }

/**
 * Identifies a tree: by `marker`, by `main` if it is known, and by `pids`, the kernel's own list if the
 * instance has a cgroup.
 */
export type TreeTarget = {
  id: string
  marker: readonly string[]
  main: ProcessIdentity | null
  pids?: () => Promise<readonly number[]>
}

const afterKillMs = 10_000

/**
 * Returns the environment entries that mark a process as belonging to a spec. The id alone is not enough if
 * two platforms share a machine. The path of the release file, if the spec has one, is in this platform's
 * data folder.
 */
export function markerOf(spec: Pick<ProcessSpec, 'id' | 'env'>): string[] {
  return markerNames.flatMap((name) => (spec.env[name] === undefined ? [] : [`${name}=${spec.env[name]}`]))
}

/** The processes with every entry of the marker, and those in the main process's group and session. */
function* beginnersIn(scan: ProcessScan, { marker, main }: TreeTarget): Generator<number> {
  const [first, ...others] = marker.map((entry) => scan.byEntry.get(entry) ?? [])
  for (const pid of first ?? []) if (others.every((list) => list.includes(pid))) yield pid
  if (main === null || scan.table.get(main.pid)?.startTime !== main.startTime) return
  yield main.pid
  yield* scan.byGroup.get(main.pid) ?? []
}

/**
 * Returns all living processes of an instance: those whose environment has the whole marker, those in the
 * main process's group and session, those in its cgroup, and all their descendants. This process itself is
 * never included.
 */
export async function findTree(target: TreeTarget): Promise<TreeMember[]> {
  if (target.marker.length === 0) throw new Error('a process tree cannot be searched for without a marker')
  // Asked first, so that every process which is in the cgroup now and lives on is in the table.
  const listed = (await target.pids?.()) ?? []
  const scan = await scanProcesses()
  const members = new Set([...listed, ...beginnersIn(scan, target)])
  // Iterating over a set also visits the elements added during the iteration.
  for (const pid of members) for (const child of scan.byParent.get(pid) ?? []) members.add(child)
  members.delete(process.pid)
  return [...members].flatMap((pid) => {
    const stat = scan.table.get(pid)
    if (!stat) return []
    const { startTime, parent, group, threads } = stat
    return [{ pid, startTime, parent, group, threads }]
  })
}

/**
 * Ends a whole tree: TERM, then KILL after `graceMs`, until a search finds no process. `signalledGroup` is a process
 * group that has already received TERM from another program, so no process gets it twice. `spare` excludes
 * members. Throws `process.wont_end` if some are still alive ten seconds after KILL.
 */
export async function endTree(
  target: TreeTarget,
  options: { graceMs: number; signalledGroup?: number; spare?: (member: TreeMember) => boolean },
): Promise<void> {
  const killAt = Date.now() + options.graceMs
  const signalled = new Set<string>()
  let known: TreeMember[] = []
  for (;;) {
    const killing = Date.now() >= killAt
    const found = (await findTree(target)).filter((member) => !options.spare?.(member))
    known = [...known.filter((old) => !found.some((one) => one.pid === old.pid)), ...found].filter(
      isAliveSync,
    )
    if (known.length === 0) return
    if (Date.now() >= killAt + afterKillMs) {
      throw processesWontEnd({ id: target.id, pids: known.map((one) => one.pid) })
    }
    for (const member of known) {
      const key = `${member.pid}/${member.startTime}`
      if (killing) signalProcess(member, 'SIGKILL')
      else if (!signalled.has(key) && member.group !== options.signalledGroup)
        signalProcess(member, 'SIGTERM')
      signalled.add(key)
    }
    const watched = known
    await waitFor(() => !watched.some(isAliveSync), {
      timeoutMs: killing ? 1_000 : Math.max(0, killAt - Date.now()),
      everyMs: 20,
      slowingToMs: 100,
    })
  }
}
