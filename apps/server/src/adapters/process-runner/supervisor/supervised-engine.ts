import type { ProcessRecord } from '../process-records.ts'
import type { SupervisedProcesses } from './supervised-processes.ts'
import type { SupervisedPorts } from './supervised-ports.ts'
import { endOrphans, endProgram, type Supervisor } from './supervised-program.ts'

/** Makes sure that supervisord runs and has our programs, and that each desired program runs once. */
export async function ensureEngine(
  supervisor: Supervisor,
  processes: SupervisedProcesses,
  ports: SupervisedPorts,
): Promise<void> {
  const { daemon, programs, limiter } = supervisor
  const all = [...processes.known.values()]
  await ports.keep(all)
  const moved = new Set(await ports.moveSockets(all))
  const launched = (record: ProcessRecord) => ports.launched(record)
  await programs.writeAll(all.map(launched))
  const how = await daemon.ensure(async () => {
    await Promise.all(all.map((record) => endOrphans(limiter, record.spec)))
  })
  if (how === 'adopted') {
    const listed = await programs.infos()
    for (const { spec } of [...moved].filter((record) => listed.has(record.spec.id))) {
      await endProgram(supervisor, spec)
      await programs.remove(spec.id)
    }
    const missing = all.filter((record) => moved.has(record) || !listed.has(record.spec.id))
    if (missing.length > 0) await programs.add(missing.map(launched))
  }
  const infos = await processes.ask()
  for (const record of all) {
    const { spec, desired, fatal } = record
    if (desired === 'running' && fatal === null && infos.get(spec.id)?.statename === 'STOPPED')
      await ports.startAgain(record)
  }
}
