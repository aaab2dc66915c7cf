import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processRecords } from '../process-records.ts'
import { resourceLimits } from '../resource-limits/resource-limits.ts'
import { endOrphans } from './supervised-program.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { SupervisorDaemon } from './supervisor-daemon.ts'
import { supervisorRecords } from './supervisor-runner.options.ts'

/**
 * Ends what a private supervisord has left on a machine that no longer has the program: the daemon itself,
 * which runs on without its file, and everything it has started. Another runner will then start the same
 * instances on the same ports. Only our own processes are touched: the daemon by pid and start time, its
 * programs by their markers. Safe to repeat.
 * @param options the options of the former runner
 * @returns the ids of the instances that it knew
 */
export async function endLeftoverSupervisor(options: {
  folder: string
  recordPath: string
}): Promise<string[]> {
  const { folder, recordPath } = options
  const records = processRecords(supervisorRecords(folder))
  const limiter = resourceLimits({ owner: folder, stateFile: join(folder, 'cgroups.json') })
  const known = await records.load()
  const ids = known.map(({ spec }) => spec.id)
  await limiter.open(new Set(ids))
  // First the daemon, because it would restart its programs.
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
