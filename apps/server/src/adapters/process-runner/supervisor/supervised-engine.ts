import type { ProcessRecord } from '../process-records.ts'
import type { SupervisedBoard } from './supervised-board.ts'
import type { SupervisedPorts } from './supervised-ports.ts'
import { endOrphans, type Supervisor } from './supervised-program.ts'

/** Makes sure that supervisord runs and has our programs, and that each desired program runs once. */
export async function ensureEngine(
  { daemon, programs, limiter }: Supervisor,
  board: SupervisedBoard,
  ports: SupervisedPorts,
): Promise<void> {
  const all = [...board.known.values()]
  await ports.keep(all)
  const launched = (record: ProcessRecord) => ports.launched(record)
  await programs.writeAll(all.map(launched))
  const how = await daemon.ensure(async () => {
    await Promise.all(all.map((record) => endOrphans(limiter, record.spec)))
  })
  if (how === 'adopted') {
    const listed = await programs.infos()
    const missing = all.filter((record) => !listed.has(record.spec.id))
    if (missing.length > 0) await programs.add(missing.map(launched))
  }
  const infos = await board.ask()
  for (const record of all) {
    const { spec, desired, fatal } = record
    if (desired === 'running' && fatal === null && infos.get(spec.id)?.statename === 'STOPPED')
      await ports.startAgain(record)
  }
}
