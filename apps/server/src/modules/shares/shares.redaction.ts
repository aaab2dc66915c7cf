import {
  predictEvents,
  predictResponse,
  type AppPage,
  type ErrorCode,
  type Output,
  type Prediction,
  type PredictResponse,
  type Stage,
} from '@vitrine/contract'
import { z } from 'zod'
import { wordsOfError, type Words } from '../../lib/words.ts'
import type { ComparisonRecord } from '../comparisons/comparisons.state.ts'
import { detailsWithWords } from '../service-apis/answer-words.ts'
import type { RunEvent } from '../runs/events/run-events.ts'
import { instanceFilesPath, runFilesPath } from '../runs/file-names.ts'
import type { RunBrief, RunRecord } from '../runs/run-record.ts'
import { sharedRunFailed } from './shares.errors.ts'

/**
 * Errors that visitors may see: about their input, about the algorithm, and that the run was ended. All
 * others become one general error.
 */
const aboutInput = /^(request|input|media|algorithm)\./
const aboutEnding: ReadonlySet<string> = new Set<ErrorCode>(['run.cancelled', 'run.interrupted'])

type Failure = { code: string; message: Words }

function shownError({ code, message }: Failure): Failure {
  if (aboutInput.test(code) || aboutEnding.has(code)) return { code, message: wordsIn(message) }
  const told = sharedRunFailed({})
  return { code: told.code, message: wordsOfError(told) }
}

/** Only the sentences in our languages, without any other field. */
const wordsIn = ({ zh, en }: Words): Words => ({ zh, en })

type AnswerError = PredictResponse['error']
const detailsWithIssues = z.object({ issues: z.array(z.object({ path: z.string(), message: z.string() })) })

/** An algorithm's own error. Of its details, only the wrong fields are shown, and the sentence in each language. */
const shownAnswerError = (error: AnswerError): AnswerError =>
  error && {
    code: error.code,
    message: error.message,
    details:
      detailsWithIssues.safeParse(error.details).data ?? detailsWithWords.safeParse(error.details).data,
  }

const shownOutput = ({ name, kind, data, key_orders }: Output): Output => ({
  name,
  kind,
  data,
  ...(key_orders && { key_orders }),
})

const shownPrediction = (prediction: Prediction): Prediction => ({
  index: prediction.index,
  status: prediction.status,
  outputs: prediction.outputs.map(shownOutput),
  error: shownAnswerError(prediction.error),
})

/** The path from which visitors of a link get a run's files. It ends in a slash. */
export type FilesAt = (runId: string) => string

/** Replaces the address of returned files, which visitors may not use, by the link's own. */
function withFilesAt<T extends z.ZodType>(
  schema: T,
  value: z.output<T>,
  from: string,
  to: string,
): z.output<T> {
  const text = JSON.stringify(value)
  const start = JSON.stringify(from).slice(0, -1)
  // Avoids parsing a long result without files.
  return text.includes(start)
    ? schema.parse(JSON.parse(text.replaceAll(start, JSON.stringify(to).slice(0, -1))))
    : value
}

/** Redacts what one link shows. `filesAt` gives the path from which its visitors get the files of a run. */
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
  const shownResult = (result: PredictResponse, run: RunBrief): PredictResponse =>
    atLink(
      predictResponse,
      {
        id: result.id,
        batch_id: null,
        status: result.status,
        model_name: result.model_name,
        model_version: result.model_version,
        predictions: result.predictions.map(shownPrediction),
        metrics: result.metrics,
        logs: '',
        error: shownAnswerError(result.error),
      },
      run,
    )

  /**
   * The part of a run that visitors may see: not its owner, log and commit, nor the platform's description of
   * an error. Pure.
   */
  const shownRun = (run: RunRecord): RunRecord => ({
    id: run.id,
    service_id: run.service_id,
    release: run.release,
    commit: null,
    status: run.status,
    progress: run.progress,
    progress_message: run.progress_message,
    input_data: run.input_data,
    parameters: run.parameters,
    result: run.result && shownResult(run.result, run),
    error: run.error && { ...shownError(run.error), details: {} },
    unkept_files: run.unkept_files.map(({ name, reason }) => ({ name, reason: wordsIn(reason) })),
    logs: '',
    created_by: '',
    created_at: run.created_at,
    started_at: run.started_at,
    finished_at: run.finished_at,
  })

  /**
   * An event of a run for a visitor. Null for events that visitors may not see, which is what the algorithm
   * prints. Pure.
   */
  const shownEvent = (event: RunEvent, run: RunBrief): RunEvent | null => {
    switch (event.event) {
      case 'log':
        return null
      case 'status':
        return { event: 'status', data: shownRun(event.data) }
      case 'completed':
        return { event: 'completed', data: shownResult(event.data, run) }
      case 'output': {
        const { index, outputs } = event.data
        const shown = { index, outputs: outputs.map(shownOutput) }
        return { event: 'output', data: atLink(predictEvents.output, shown, run) }
      }
      case 'start':
        return { event: 'start', data: { id: event.data.id, batch_id: null } }
      case 'progress': {
        const { index, progress, message } = event.data
        return { event: 'progress', data: { index, progress, message } }
      }
    }
  }
  return { shownRun, shownEvent }
}

/** The part of a comparison that visitors may see: not its owner. Pure. */
export const shownComparison = (comparison: ComparisonRecord): ComparisonRecord => ({
  id: comparison.id,
  title: comparison.title,
  status: comparison.status,
  input_data: comparison.input_data,
  cells: comparison.cells.map(({ target, run_id, status, error }) => ({
    target: { service_id: target.service_id, release: target.release, parameters: target.parameters },
    run_id,
    status,
    error: error && shownError(error),
  })),
  created_by: '',
  created_at: comparison.created_at,
})

/** The part of a manifest that the stage shows, without what the package needs to run. Pure. */
const shownManifest = ({ health, batch, ...manifest }: Stage['manifest']): Stage['manifest'] => ({
  id: manifest.id,
  name: manifest.name,
  version: manifest.version,
  description: manifest.description,
  task: manifest.task,
  runtime: manifest.runtime,
  form: manifest.form,
  entry: '',
  input: manifest.input,
  parameters: manifest.parameters,
  output: manifest.output,
  examples: [],
  health: {
    path: health.path,
    startup_timeout_s: health.startup_timeout_s,
    interval_s: health.interval_s,
  },
  resources: {},
  concurrency: manifest.concurrency,
  batch: { max_size: batch.max_size, max_wait_ms: batch.max_wait_ms },
  env: [],
  quality: manifest.quality,
  cover: manifest.cover,
  ...(manifest.result_words && { result_words: manifest.result_words }),
})

/** The page of a service that everybody may open. Visitors of the others have no sign-in for it. Pure. */
const shownPage = ({ path, own_url, front, auth, framed }: AppPage): AppPage | null =>
  auth === 'public'
    ? { path, own_url, front: front && { host: front.host, port: front.port }, auth, framed }
    : null

/** The part of a stage that visitors may see: not the address of its service, nor why it is unwell. Pure. */
export const shownStage = (stage: Stage): Stage => ({
  service_id: stage.service_id,
  name: stage.name,
  description: stage.description,
  line: stage.line,
  story: stage.story,
  tags: stage.tags,
  status: stage.status,
  health: stage.health,
  reason: null,
  release: stage.release,
  url: '',
  path: '',
  auth: stage.auth,
  way: stage.way,
  page: stage.page && shownPage(stage.page),
  mapped: stage.mapped,
  operation: null,
  own_server: stage.own_server,
  asleep: stage.asleep,
  may_present: false,
  may_map: false,
  manifest: shownManifest(stage.manifest),
  examples: stage.examples.map(({ name, input_data, parameters, preview_asset_id, language }) => ({
    name,
    input_data,
    parameters,
    preview_asset_id,
    ...(language && { language }),
  })),
  samples: stage.samples.map(({ example, run_id }) => ({ example, run_id })),
})
