import type { Clock } from '../../lib/clock.ts'
import type { LiveBoard } from '../instances/live-board.ts'
import type { QuotaTable } from '../quotas/quotas.ts'
import { createRunAdmission, type RunAdmission } from './run-admission.ts'
import { createRunTurns, type RunTurns } from './run-turns.ts'
import type { RunsRepository } from './runs.repository.ts'

/** What keeps the runs of one person from delaying those of others. */
export type RunFairness = { admission: RunAdmission; runTurns: RunTurns }

export const runFairness = (deps: {
  runs: Pick<RunsRepository, 'storedBytes'>
  board: Pick<LiveBoard, 'ofService'>
  quotas: QuotaTable
  clock: Clock
}): RunFairness => ({ admission: createRunAdmission(deps), runTurns: createRunTurns(deps) })
