import { predictEvents, predictResponse, type PredictResponse, type Stage } from '@vitrine/contract'
import type { z } from 'zod'
import { wordsOfError, type Words } from '../../lib/words.ts'
import type { ComparisonRecord } from '../comparisons/comparisons.state.ts'
import type { RunEvent } from '../runs/run-events.ts'
import { instanceFilesPath, runFilesPath } from '../runs/run-files.names.ts'
import type { RunRecord } from '../runs/run-record.ts'
import { runCancelled, runInterrupted } from '../runs/runs.errors.ts'
import { sharedRunFailed } from './shares.errors.ts'

/** The platform's own errors name services, their logs and ports; an algorithm's are about the input. */
const ofPlatform = /^(internal$|run\.|service\.|release\.|port\.|process\.|deploy\.|comparison\.)/
const harmless: ReadonlySet<string> = new Set([
  runCancelled({}).code,
  runInterrupted({ why: 'instance_ended' }).code,
])

type Failure = { code: string; message: Words }

function shownError({ code, message }: Failure): Failure {
  if (!ofPlatform.test(code) || harmless.has(code)) return { code, message }
  const told = sharedRunFailed({})
  return { code: told.code, message: wordsOfError(told) }
}

/** Where visitors of a link get a run's files from: a path that ends in a slash. */
export type FilesAt = (runId: string) => string

/** Replaces an address of returned files that is closed to visitors by the link's own. */
function withFilesAt<T extends z.ZodType>(
  schema: T,
  value: z.output<T>,
  from: string,
  to: string,
): z.output<T> {
  const text = JSON.stringify(value)
  const start = JSON.stringify(from).slice(0, -1)
  // A long result without files is not parsed again.
  return text.includes(start)
    ? schema.parse(JSON.parse(text.replaceAll(start, JSON.stringify(to).slice(0, -1))))
    : value
}

/** Redacts what one link shows; `filesAt` says where its visitors get files that algorithms return. */
export type Redaction = ReturnType<typeof redactionFor>

export function redactionFor(filesAt: FilesAt) {
  const atLink = <T extends z.ZodType>(
    schema: T,
    value: z.output<T>,
    run: Pick<RunRecord, 'id' | 'service_id'>,
  ) => {
    const to = filesAt(run.id)
    const kept = withFilesAt(schema, value, runFilesPath(run.id), to)
    return withFilesAt(schema, kept, instanceFilesPath(run.service_id), to)
  }
  const shownResult = (result: PredictResponse, run: RunRecord): PredictResponse =>
    atLink(predictResponse, { ...result, batch_id: null, logs: '' }, run)

  /** A run without who made it, its log, its commit, and the platform's words of what went wrong. Pure. */
  const shownRun = (run: RunRecord): RunRecord => ({
    ...run,
    commit: null,
    logs: '',
    created_by: '',
    result: run.result && shownResult(run.result, run),
    error: run.error && { ...shownError(run.error), details: {} },
    unkept_files: run.unkept_files,
  })

  /** An event of a run as a visitor may see it; null for what is not for them: what the algorithm prints. Pure. */
  const shownEvent = (event: RunEvent, run: RunRecord): RunEvent | null => {
    switch (event.event) {
      case 'log':
        return null
      case 'status':
        return { event: 'status', data: shownRun(event.data) }
      case 'completed':
        return { event: 'completed', data: shownResult(event.data, run) }
      case 'output':
        return { event: 'output', data: atLink(predictEvents.output, event.data, run) }
      case 'start':
      case 'progress':
        return event
    }
  }
  return { shownRun, shownEvent }
}

/** A comparison and its runs without who made them. Pure. */
export const shownComparison = (comparison: ComparisonRecord): ComparisonRecord => ({
  ...comparison,
  created_by: '',
  cells: comparison.cells.map((cell) => ({ ...cell, error: cell.error && shownError(cell.error) })),
})

/** A stage without where its service is reached, why it is unwell, and what its package needs to run. Pure. */
export const shownStage = (stage: Stage): Stage => ({
  ...stage,
  reason: null,
  url: '',
  path: '',
  manifest: { ...stage.manifest, entry: '', env: [], resources: {}, examples: [] },
})
