import { readStatSync, signalProcess, type ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import { markerNames, readMarkers } from '../../lib/procfs/process-markers.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { scanProcesses, type ProcessScan } from './process-scan.ts'
import { processesWontEnd } from './process-runner.errors.ts'
import type { ProcessSpec } from './process-runner.ts'

/** A living process of a tree. */
export type TreeMember = ProcessIdentity & { parent: number; group: number; threads: number }

/** Whose tree is meant: `marker` finds it, `main` where it is known, `pids` the kernel's own list where the instance has a cgroup. */
export type TreeTarget = {
  id: string
  marker: readonly string[]
  main: ProcessIdentity | null
  pids?: () => Promise<readonly number[]>
}

const afterKillMs = 10_000

/**
 * The entries of the environment by which a process belongs to a spec. The id alone is not enough where two platforms
 * share a machine: the release file's path, where the spec has one, lies in this platform's data folder.
 */
export function markerOf(spec: Pick<ProcessSpec, 'id' | 'env'>): string[] {
  return markerNames.flatMap((name) => (spec.env[name] === undefined ? [] : [`${name}=${spec.env[name]}`]))
}

/** Whether this process has been given its environment by now; supervisord's child has not right after its fork. */
export function carriesMarker(pid: number, marker: readonly string[]): boolean {
  const entries = readMarkers(pid)
  return marker.every((entry) => entries.includes(entry))
}

/** The processes with every entry of the marker, and those of the main process's group and session. */
function* beginnersIn(scan: ProcessScan, { marker, main }: TreeTarget): Generator<number> {
  const [first, ...others] = marker.map((entry) => scan.byEntry.get(entry) ?? [])
  for (const pid of first ?? []) if (others.every((list) => list.includes(pid))) yield pid
  if (main === null || scan.table.get(main.pid)?.startTime !== main.startTime) return
  yield main.pid
  yield* scan.byGroup.get(main.pid) ?? []
}

/**
 * All living processes of an instance: those whose environment carries the whole marker, those of the main process's
 * group and session, those of its cgroup, and everything that descends from any of them. Never this process itself.
 */
export async function findTree(target: TreeTarget): Promise<TreeMember[]> {
  if (target.marker.length === 0) throw new Error('a process tree cannot be searched for without a marker')
  // Asked first: whoever is in it now and lives on is in the table.
  const listed = (await target.pids?.()) ?? []
  const scan = await scanProcesses()
  const members = new Set([...listed, ...beginnersIn(scan, target)])
  // A set that grows while it is gone through is gone through to its end.
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
 * Ends a whole tree: TERM, then KILL after `graceMs`, until a search finds nobody. Resolves when none is left.
 * `told` names the process group that somebody else has already sent TERM, so that nobody gets it twice;
 * `spare` keeps members out of it. Throws `process.wont_end` when some outlive KILL by ten seconds.
 */
export async function endTree(
  target: TreeTarget,
  options: { graceMs: number; told?: number; spare?: (member: TreeMember) => boolean },
): Promise<void> {
  const killAt = Date.now() + options.graceMs
  const told = new Set<string>()
  let known: TreeMember[] = []
  for (;;) {
    const killing = Date.now() >= killAt
    const found = (await findTree(target)).filter((member) => !options.spare?.(member))
    known = [...known.filter((old) => !found.some((one) => one.pid === old.pid)), ...found].filter(livesNow)
    if (known.length === 0) return
    if (Date.now() >= killAt + afterKillMs) {
      throw processesWontEnd({ id: target.id, pids: known.map((one) => one.pid) })
    }
    for (const member of known) {
      const key = `${member.pid}/${member.startTime}`
      if (killing) signalProcess(member, 'SIGKILL')
      else if (!told.has(key) && member.group !== options.told) signalProcess(member, 'SIGTERM')
      told.add(key)
    }
    const watched = known
    await waitFor(() => !watched.some(livesNow), {
      timeoutMs: killing ? 1_000 : Math.max(0, killAt - Date.now()),
      everyMs: 20,
      slowingToMs: 100,
    })
  }
}

/** Whether exactly this process lives now; one that only waits to be waited for does not. */
export function livesNow(member: ProcessIdentity): boolean {
  const stat = readStatSync(member.pid)
  return stat !== null && stat.state !== 'Z' && stat.startTime === member.startTime
}
