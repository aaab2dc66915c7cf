import type { ErrorCode } from './error-codes.ts'
import { z } from 'zod'
import { logStreams } from './choices.ts'
import { json } from './common.ts'

/** The health states of an instance. READY and BUSY answer 200, the others 503. */
export const healthWord = z.enum(['STARTING', 'READY', 'BUSY', 'UNHEALTHY', 'SETUP_FAILED', 'DEFUNCT'])
/** The health states of an instance. */
export type HealthWord = z.infer<typeof healthWord>

/** Body of `POST /predict`. */
export const predictRequest = z.object({
  input_data: z.array(json),
  batch_id: z.string().max(200).nullish(),
  parameters: z.record(z.string(), json).nullish(),
})

/**
 * Header of `POST /predict` with which a caller names its prediction: 16 to 64 letters, digits or hyphens,
 * hard to guess. A runtime that knows the header repeats it in its answer. The prediction is then kept under
 * `/predict/{id}` and continues if its caller disconnects. If the same id is sent again, it does not run
 * again, but the existing prediction is returned.
 */
export const predictionIdHeader = 'prediction-id'
/**
 * Header with the seconds (0 to 86,400; default 3,600) for which such a prediction continues while nobody
 * follows it.
 */
export const predictionUnattendedHeader = 'prediction-unattended'
/** Error code of the 404 of a runtime that does not know a prediction, or has forgotten it. */
export const predictionNotFound = 'prediction.not_found' satisfies ErrorCode

/**
 * Returns the path of a kept prediction at its instance. `GET` reads it or follows its events. `DELETE` ends
 * and forgets it.
 */
export const predictionPath = (id: string): string => `/predict/${id}`

/** Error in a predict answer: of the request, or of one element. */
export const predictError = z.object({
  code: z.string(),
  message: z.string(),
  details: json.optional().describe('where fields break a schema: `issues`, a list of {path, message}'),
})

/** One named, typed result of one element. See `results.ts` for the data of each kind. */
export const output = z.object({
  name: z.string().optional(),
  kind: z.string(),
  data: json,
  key_orders: z
    .array(z.array(z.string()))
    .optional()
    .describe(
      'only in stored results: the keys of objects in `data` in the order in which the algorithm returned them, where `data` has another',
    ),
})
/** One named, typed result of one element. */
export type Output = z.infer<typeof output>

/** The answer for one element of `input_data`. */
export const prediction = z.object({
  index: z.number().int().min(0),
  status: z.enum(['succeeded', 'failed']),
  outputs: z.array(output),
  error: predictError.nullish(),
})

/** The answer for one element. */
export type Prediction = z.infer<typeof prediction>

/** Answer of `POST /predict`, and also the `result` of a run. */
export const predictResponse = z.object({
  batch_id: z.string().nullish(),
  id: z.string().nullish(),
  status: z.enum(['succeeded', 'partial', 'failed']),
  model_name: z.string().nullish(),
  model_version: z.string().nullish(),
  predictions: z.array(prediction),
  metrics: z.record(z.string(), json).default({}),
  logs: z.string().default(''),
  error: predictError.nullish(),
})
/** Answer of `POST /predict`. */
export type PredictResponse = z.infer<typeof predictResponse>

/** Answer of `GET /health`. */
export const healthResponse = z.object({
  status: healthWord,
  uptime_s: z.number().nullish(),
  detail: json.nullish(),
  // A package may send anything here. A value that cannot be a revision is treated as absent.
  config_revision: z
    .int32()
    .min(0)
    .nullish()
    .catch(null)
    .describe('the revision of the configuration that it has'),
})

/**
 * Path under which a runtime serves the files that its algorithm returns: `<sha256>.<extension>`. In results
 * it follows the prefix in the caller's `x-forwarded-prefix`.
 */
export const outputsPath = '/outputs/'
/** Name of a file that an algorithm returned. */
export const outputName = z.string().regex(/^[0-9a-f]{64}(\.[A-Za-z0-9]{1,10})?$/)

/**
 * Events of `Accept: text/event-stream` on `/predict`, by their SSE event name. A run has the same events and
 * `status`.
 */
export const predictEvents = {
  start: z.object({ id: z.string(), batch_id: z.string().nullish() }),
  progress: z.object({
    index: z.number().int().nullish(),
    progress: z.number().min(0).max(1),
    message: z.string().nullish(),
  }),
  output: z.object({ index: z.number().int(), outputs: z.array(output) }),
  log: z.object({ stream: z.enum(logStreams), text: z.string() }),
  completed: predictResponse,
}
