import { constants } from 'node:buffer'
import type { Manifest } from '@vitrine/contract'
import type { Job } from './job.ts'
import { badOutput, Problem, type Language } from './problem.ts'

/** An HTTP status and its JSON body. */
export type Answer = { status: number; body: string; headers?: Record<string, string> }

/** Writes the answers of one model. */
export type Answers = {
  /** The answer if the request as a whole is invalid, or if the service cannot accept it. */
  refused(problem: Problem, language: Language): Answer
  /**
   * The answer when all elements have their prediction: 422 if all elements were invalid, 500 if all failed for other
   * reasons, else 200.
   */
  completed(job: Job): Answer
}

/** The characters of predictions and log for which an answer fits into one string, with all that is around them. */
const longestAnswer = constants.MAX_STRING_LENGTH - 1024 * 1024

const seconds = (ms: number) => Math.round(ms * 1000) / 1e6

/** One error for the whole request: the fields of every invalid element, or the first exception. */
function wholeProblem(job: Job): Problem {
  const failures = [...job.failures].sort(([a], [b]) => a - b).map(([, problem]) => problem)
  const raised = failures.find((problem) => problem.code !== 'input.invalid')
  return raised ?? new Problem('input.invalid', { fields: failures.flatMap((problem) => problem.fields) })
}

/** The answer for a prediction that was accepted and is not finished yet. */
export function pendingAnswer(job: Job): Answer {
  const status = job.startedAt === null ? 'queued' : 'running'
  return {
    status: 202,
    body: JSON.stringify({ id: job.id, batch_id: job.batchId, status, progress: job.progress }),
  }
}

/** Creates the answers for one manifest. */
export function answersOf(manifest: Manifest): Answers {
  const model = { model_name: manifest.id, model_version: manifest.version }
  const modelText = JSON.stringify(model).slice(1, -1)
  const answers: Answers = {
    refused(problem, language) {
      const { status } = problem
      const error = problem.body(language)
      const whole = {
        batch_id: null,
        id: null,
        status: 'failed',
        ...model,
        predictions: [],
        metrics: {},
        logs: '',
        error,
      }
      return {
        status,
        body: JSON.stringify(whole),
        ...(status === 503 && { headers: { 'retry-after': '1' } }),
      }
    },
    completed(job) {
      if (job.size > longestAnswer) {
        const reason = { rule: 'output.too_long', values: { longest: longestAnswer } } as const
        return answers.refused(badOutput(reason), job.language)
      }
      const failed = job.failures.size
      const allFailed = failed > 0 && failed === job.predictions.length
      const word = allFailed ? 'failed' : failed > 0 ? 'partial' : 'succeeded'
      const error = allFailed ? JSON.stringify(wholeProblem(job).body(job.language)) : 'null'
      const { startedAt, finishedAt, queuedAt } = job
      const metrics =
        startedAt === null || finishedAt === null
          ? {}
          : { predict_time: seconds(finishedAt - startedAt), queue_time: seconds(startedAt - queuedAt) }
      const body =
        `{"batch_id":${JSON.stringify(job.batchId)},"id":"${job.id}","status":"${word}",${modelText},` +
        `"predictions":[${job.predictions.join(',')}],"metrics":${JSON.stringify(metrics)},` +
        `"logs":${JSON.stringify(job.logs)},"error":${error}}`
      return { status: allFailed ? (job.invalid === failed ? 422 : 500) : 200, body }
    },
  }
  return answers
}
