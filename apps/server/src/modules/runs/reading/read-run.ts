import { run as runForm, type PredictResponse } from '@vitrine/contract'
import type { FastifyReply } from 'fastify'
import type { JsonText } from '../../../http/json-text.ts'
import type { Actor } from '../../../lib/actor.ts'
import type { Hold } from '../../../lib/memory-budget.ts'
import type { Audience } from '../../../lib/disclosure.ts'
import { mayReadPresented, mayReadRun, mayUse, type Owned } from '../../../lib/policy.ts'
import {
  readingFor,
  takeTexts,
  takeValues,
  textAnswer,
  type ReadingMemory,
} from '../../quotas/reading-memory.ts'
import { resultIn } from '../../service-apis/answer-words.ts'
import type { RunExecutor } from '../execution/executor.ts'
import { hasRunEnded } from '../execution/progress.ts'
import { briefIn, briefOf, runIn, type RunBrief, type RunRecord } from '../run-record.ts'
import type { RunValues } from '../run-rows.ts'
import { runNotFound } from '../runs.errors.ts'
import type { RunsRepository, StoredBrief } from '../runs.repository.ts'

/** What finding and reading runs needs. */
export type ReadRunsDeps = {
  runs: Pick<RunsRepository, 'brief' | 'values' | 'valueBytes'>
  executor: Pick<RunExecutor, 'current'>
  /** The memory that all readers share. */
  reading: ReadingMemory
  /** The services whose published presentation shows a run. */
  presentedBy: (runId: string) => Promise<readonly string[]>
}

/** A run that somebody may read, as it is now. Its large values have not been read from the database yet. */
export type FoundRun = StoredBrief & {
  /** The run in memory while this control plane executes it. It is newer than its row. */
  active: RunRecord | null
  /** Whether this reader may not see what the run printed. */
  hidesLogs: boolean
}

const ownedRun = ({ run, createdById }: StoredBrief): Owned => ({
  ownerId: createdById,
  services: [run.service_id],
})

/** A stored run as it is now. */
async function inCurrentState(
  { runs, executor }: Pick<ReadRunsDeps, 'runs' | 'executor'>,
  found: StoredBrief,
): Promise<FoundRun> {
  const { id } = found.run
  const active = executor.current(id)
  if (active && !hasRunEnded(active)) return { ...found, run: briefOf(active), active, hidesLogs: false }
  // The run may have ended since it was read.
  const latest = hasRunEnded(found.run) ? found : ((await runs.brief(id)) ?? found)
  return { ...latest, active: null, hidesLogs: false }
}

/**
 * A run of the actor, or any run for an administrator. Throws `run.not_found` for all others. No large value is read
 * before this is decided.
 */
export async function findRun(
  deps: Pick<ReadRunsDeps, 'runs' | 'executor'>,
  input: { actor: Actor; id: string },
): Promise<FoundRun> {
  const found = await deps.runs.brief(input.id)
  if (!found || !mayUse(input.actor, ownedRun(found))) throw runNotFound({ run_id: input.id })
  return inCurrentState(deps, found)
}

/**
 * A run that the actor may look at: their own, or one that the stage shows to everybody, because the platform ran a
 * demo input or the presentation of the service chose it. A reader who sees a run only because it was chosen does not
 * see what it printed. Throws `run.not_found`.
 */
export async function findReadableRun(
  deps: Pick<ReadRunsDeps, 'runs' | 'executor' | 'presentedBy'>,
  input: { actor: Actor; id: string },
): Promise<FoundRun> {
  const found = await deps.runs.brief(input.id)
  if (found && mayReadRun(input.actor, ownedRun(found))) return inCurrentState(deps, found)
  if (!found || !mayReadPresented(input.actor, await deps.presentedBy(input.id)))
    throw runNotFound({ run_id: input.id })
  return { ...found, active: null, hidesLogs: true }
}

/** A run as one reader gets it: as JSON text in pieces, and its result alone. */
export type RunText = { run: readonly string[]; result: string | null }

/**
 * Writes a stored run for one kind of reader. Memory for the stored texts is already taken; it takes what it needs
 * beyond that.
 */
export type WriteRun = (run: RunBrief, values: RunValues, reading: Pick<Hold, 'take'>) => Promise<RunText>

/**
 * The large values of a run. Memory for them is taken first. For a run that has not ended, only its inputs are read:
 * its result may be stored while the reader waits for memory, and no memory was taken for it. Throws `quota.reading`
 * and `run.not_found`.
 */
export async function readValues(
  { runs }: { runs: Pick<RunsRepository, 'values' | 'valueBytes'> },
  { run, active, hidesLogs }: FoundRun,
  reading: Pick<Hold, 'take'>,
): Promise<RunValues> {
  const read = !hasRunEnded(run) ? 'given' : hidesLogs ? 'without_logs' : 'all'
  const bytes = await runs.valueBytes(run.id, read)
  if (bytes !== null) await takeTexts(reading, bytes)
  const values = bytes === null ? null : await runs.values(run.id, read)
  if (values === null) throw runNotFound({ run_id: run.id })
  return active === null ? values : { ...values, logs: active.logs }
}

const stored = runForm.pick({ input_data: true, parameters: true, result: true }).shape

/** A stored run with its parsed values. Takes memory for them. */
export async function recordOf(
  run: RunBrief,
  values: RunValues,
  reading: Pick<Hold, 'take'>,
): Promise<RunRecord> {
  const { inputData, parameters, result, logs } = values
  await takeValues(reading, [inputData, parameters, result ?? ''])
  return {
    ...run,
    input_data: stored.input_data.parse(JSON.parse(inputData)),
    parameters: stored.parameters.parse(JSON.parse(parameters)),
    result: result === null ? null : stored.result.parse(JSON.parse(result)),
    logs,
  }
}

/** A field of errors that the platform itself puts into a result. It has the sentence in every language. */
const wordsField = '"words"'

async function resultText(
  result: string | null,
  { language }: Audience,
  reading: Pick<Hold, 'take'>,
): Promise<string | null> {
  if (result === null || !result.includes(wordsField)) return result
  await takeValues(reading, [result])
  const parsed: PredictResponse | null = stored.result.parse(JSON.parse(result))
  return JSON.stringify(parsed && resultIn(parsed, language))
}

/**
 * Writes runs for a reader who may see every part. The stored texts are sent unchanged, except sentences in the
 * reader's language.
 */
export const writeRunFor =
  (audience: Audience): WriteRun =>
  async (run, { inputData, parameters, logs, ...values }, reading) => {
    const result = await resultText(values.result, audience, reading)
    const small = JSON.stringify({ ...briefIn(run, audience), logs }).slice(0, -1)
    return {
      result,
      run: [
        small,
        ',"input_data":',
        inputData,
        ',"parameters":',
        parameters,
        ',"result":',
        result ?? 'null',
        '}',
      ],
    }
  }

/** Writes the part of a run that a reader may see. `shown` makes that part. */
export const writePartOf =
  (shown: (run: RunRecord) => RunRecord, audience: Audience): WriteRun =>
  async (run, values, reading) => {
    const { result, ...small } = runIn(shown(await recordOf(run, values, reading)), audience)
    const text = result && JSON.stringify(result)
    return { result: text, run: [JSON.stringify(small).slice(0, -1), ',"result":', text ?? 'null', '}'] }
  }

/** An answer with a run for one reader. Its memory is held until the answer was sent. */
export async function runAnswer(
  deps: Pick<ReadRunsDeps, 'runs' | 'reading'>,
  reply: FastifyReply,
  { found, reader, write }: { found: FoundRun; reader: Pick<Actor, 'id' | 'linksOf'>; write: WriteRun },
): Promise<JsonText> {
  const reading = readingFor(deps.reading, reply, reader)
  const { run } = await write(found.run, await readValues(deps, found, reading), reading)
  return textAnswer(reading, run)
}
