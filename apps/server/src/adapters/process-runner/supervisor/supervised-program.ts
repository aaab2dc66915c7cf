import { identify, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { carriesMarker, endTree, findTree, markerOf } from '../process-tree.ts'
import { treeOf, type Limiter } from '../resource-limits/resource-limits.ts'
import type { SupervisorDaemon } from './supervisor-daemon.ts'
import { callExcept, faults, type SupervisorPrograms } from './supervisor-programs.ts'

/** supervisord, what it knows, and who knows the groups of its programs. */
export type Supervisor = { daemon: SupervisorDaemon; programs: SupervisorPrograms; limiter: Limiter }

const youngSeconds = 3

/** Whether supervisord runs nothing for it and will not start it by itself. */
export async function isAtRest(programs: SupervisorPrograms, id: string): Promise<boolean> {
  const { statename } = await programs.info(id)
  return statename === 'STOPPED' || statename === 'FATAL'
}

/** Has it started; one that already runs, or fails at once, is not an error here: its report says so. */
export async function spawnProgram(daemon: SupervisorDaemon, id: string): Promise<void> {
  const accepted = [faults.alreadyStarted, faults.spawn, faults.abnormal]
  await callExcept(daemon, accepted, 'supervisor.startProcess', id, false)
}

/** Ends whatever carries this instance's marker, while no supervisord lives that could start it again. */
export async function endOrphans(limiter: Limiter, spec: ProcessSpec): Promise<void> {
  await endTree(treeOf(limiter, spec, null), { graceMs: spec.stopGraceMs })
}

/** Ends the whole tree and makes sure that supervisord does not start it again. */
export async function endProgram(
  { daemon, programs, limiter }: Supervisor,
  spec: ProcessSpec,
): Promise<void> {
  const { id } = spec
  const { pid, start } = await programs.info(id)
  const main = pid > 0 ? await identify(pid) : null
  const stopIt = () => callExcept(daemon, [faults.notRunning], 'supervisor.stopProcess', id, false)
  // Right after its fork it is still supervisord's own code in its own group, where TERM would be lost.
  if (main && Date.now() / 1000 - start < youngSeconds) {
    await waitFor(() => carriesMarker(main.pid, markerOf(spec)), { timeoutMs: 1_000, everyMs: 5 })
  }
  await stopIt()
  await endTree(treeOf(limiter, spec, main), { graceMs: spec.stopGraceMs, ...(main && { told: main.pid }) })
  // A program that had just ended by itself was not there to be stopped, and comes back: then it is stopped again.
  while (
    (await waitFor(() => isAtRest(programs, id), { timeoutMs: 1_500, everyMs: 20, slowingToMs: 100 })) ===
    null
  ) {
    await stopIt()
    await endTree(treeOf(limiter, spec, null), { graceMs: spec.stopGraceMs })
  }
}

/** Workers that outlived their main process would keep its port from the next one: whatever is older than it goes. */
export async function endLeftovers({ programs, limiter }: Supervisor, spec: ProcessSpec): Promise<void> {
  const seen = await findTree(treeOf(limiter, spec, null))
  // Asked after the search: whatever was seen and is not of this main process or younger is of an earlier one.
  const { pid } = await programs.info(spec.id)
  const main = pid > 0 ? await identify(pid) : null
  const isOlder = (member: ProcessIdentity) =>
    main === null || Number(member.startTime) < Number(main.startTime)
  const leftovers = new Set(seen.filter(isOlder).map((member) => member.pid))
  if (leftovers.size === 0) return
  await endTree(treeOf(limiter, spec, null), {
    graceMs: spec.stopGraceMs,
    spare: (member) => !leftovers.has(member.pid),
  })
}
