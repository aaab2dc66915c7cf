import type { Json } from '@vitrine/contract'
import type { SchemaChecker } from '../../../adapters/schema-checker/schema-checker.ts'
import type { Actor } from '../../../lib/actor.ts'
import { findInTurn, type FindInstanceDeps } from './find-instance.ts'
import { runOwnerOf, runPayerOf } from './admission.ts'
import type { RunExecutor } from '../execution/executor.ts'
import type { RecordFacts } from '../facts/run-facts.ts'
import type { RunFairness } from './fairness.ts'
import type { RunPlan } from '../run-instance.ts'
import type { RunRecord } from '../run-record.ts'
import { requireFitting } from './schema-rules.ts'
import type { RunsRepository } from '../runs.repository.ts'

/** What beginning a run needs. */
export type BeginRunDeps = FindInstanceDeps &
  RunFairness & {
    runs: Pick<RunsRepository, 'insert'>
    executor: Pick<RunExecutor, 'start' | 'runsOn'>
    recordFacts: RecordFacts
  }

/**
 * Starts a planned run on checked elements. It is queued until it has an instance, and fails if there is none. Takes a
 * place for it unless the caller passes one, and throws what `RunAdmission.take` throws.
 */
export async function beginRun(
  deps: BeginRunDeps,
  plan: RunPlan,
  input: {
    actor: Actor
    inputData: Json[]
    parameters: Record<string, Json>
    id?: string
    /** Whether it is kept as long as nobody unpins it: a comparison shows it. */
    pinned?: boolean
    /** Gives back the place of this run. */
    giveBack?: (() => void) | undefined
    /** Where a visitor is. */
    network?: string
    /** The run that this one does again. */
    replayOf?: string | undefined
  },
): Promise<RunRecord> {
  const { actor, network } = input
  const [giveBack = () => {}] = input.giveBack
    ? [input.giveBack]
    : await deps.admission.take(actor, { network })
  const owner = runOwnerOf(actor)
  const { service, release } = plan
  const store = async () =>
    deps.runs.insert({
      id: input.id,
      pinned: input.pinned,
      serviceId: service.id,
      release: release?.number ?? null,
      commit: release?.commit ?? null,
      inputData: input.inputData,
      parameters: input.parameters,
      createdBy: actor.name,
      facts: await deps.recordFacts(plan, input.inputData),
      replayOf: input.replayOf,
      ...owner,
    })
  const stored = store()
  stored.catch(giveBack)
  const { run } = await stored
  const person = runPayerOf(owner)
  deps.executor.start(run, { findInstance: findInTurn(deps, plan, person), person, giveBack })
  return run
}

/**
 * Begins a planned run if its values fit the schemas. Its place is taken before the check, which bounds how many checks
 * one person can have in the queue. Throws what `RunAdmission.take` and {@link requireFitting} throw.
 */
export async function beginFitting(
  deps: BeginRunDeps & { schemas: SchemaChecker },
  plan: RunPlan,
  input: {
    actor: Actor
    inputData: Json[]
    parameters: Record<string, Json>
    /** Where a visitor is. */
    network?: string
    /** The run that this one does again. */
    replayOf?: string
  },
): Promise<RunRecord> {
  const { actor, network } = input
  const [giveBack] = await deps.admission.take(actor, { network })
  try {
    await requireFitting(deps, plan, input)
  } catch (error) {
    giveBack?.()
    throw error
  }
  return beginRun(deps, plan, { ...input, giveBack })
}
