import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processRecords } from '../process-records.ts'
import { resourceLimits } from '../resource-limits/resource-limits.ts'
import { endOrphans } from './supervised-program.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { SupervisorDaemon } from './supervisor-daemon.ts'
import { supervisorRecords } from './supervisor-runner.ts'

/**
 * Ends what a private supervisord has left on a machine that does not have the program any more: the daemon itself, which lives on
 * without its file, and whatever it has started. Another runner is to start the same instances, on the same ports. Only what is ours
 * is touched: the daemon by pid and start time, its programs by their markers. Safe to repeat.
 * @param options as those of the runner that was used
 * @returns the ids of the instances that it knew
 */
export async function endLeftSupervisor(options: { folder: string; recordPath: string }): Promise<string[]> {
  const { folder, recordPath } = options
  const records = processRecords(supervisorRecords(folder))
  const limiter = resourceLimits({ owner: folder, stateFile: join(folder, 'cgroups.json') })
  const known = await records.load()
  const ids = known.map(({ spec }) => spec.id)
  await limiter.open(new Set(ids))
  // First, or it would start again what ends.
  await new SupervisorDaemon({ ...options, program: '' }).endLiving()
  await Promise.all(known.map(({ spec }) => endOrphans(limiter, spec)))
  for (const id of ids) {
    await limiter.forget(id)
    await records.forget(id)
  }
  await limiter.dispose()
  for (const files of [supervisorFiles.programs, supervisorFiles.launch])
    await rm(join(folder, files), { recursive: true, force: true })
  await rm(recordPath, { force: true })
  return ids
}
