import type { IncomingMessage, ServerResponse } from 'node:http'
import { pendingAnswer, type Answer, type Answers } from './answers.ts'
import { streamEvents } from './event-stream.ts'
import type { Job } from './job.ts'
import { Problem, type Language } from './problem.ts'
import { parseBody } from './request-body.ts'
import { readHeaders } from './request-headers.ts'
import { removeFiles, type Service } from './service.ts'

const longestBody = 2 ** 30
const keptResults = 1000
const statuses: Readonly<Record<string, number>> = {
  'service.starting': 503,
  'service.setup_failed': 503,
  'service.stopping': 503,
  'request.too_large': 413,
}

/** Sends a JSON answer. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const length = Buffer.byteLength(answer.body)
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': length,
    ...answer.headers,
  })
  response.end(answer.body)
}

/** All of the body; rejects with {@link Problem} `request.too_large`, or when the caller hangs up. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let total = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new TypeError('the request was read as text')
    total += part.length
    if (total > longestBody) throw new Problem('request.too_large', { values: { limit: longestBody } })
    parts.push(part)
  }
  const [first] = parts
  return parts.length === 1 && first ? first : Buffer.concat(parts, total)
}

/** `POST /predict`, and the results of requests that were to be answered later. */
export class PredictRoute {
  readonly #kept = new Map<string, Job>()

  constructor(
    readonly service: Service,
    readonly answers: Answers,
  ) {}

  /** Answers `POST /predict`. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = readHeaders(request.headers)
    try {
      this.service.refuseUnlessReady()
      const { job, temporary } = await this.service.prepare(parseBody(await readBody(request)), headers)
      if (headers.respondAsync) {
        this.#keep(job)
        job.onDone = () => removeFiles(temporary)
        this.service.submit(job)
        const location = `${headers.prefix}/predict/${job.id}`
        return sendAnswer(response, { ...pendingAnswer(job), headers: { location } })
      }
      response.on('close', () => job.cancel())
      if (headers.events) return streamEvents(this.service, this.answers, job, temporary, response)
      job.onDone = () => {
        removeFiles(temporary)
        sendAnswer(response, this.answers.completed(job))
      }
      this.service.submit(job)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      sendAnswer(response, this.answers.refused(error, headers.language, statuses[error.code] ?? 422))
    }
  }

  /** The answer of `GET /predict/{id}`: 202 while it runs, then what the request itself would have got. */
  result(id: string, language: Language): Answer {
    const job = this.#kept.get(id)
    if (!job)
      return this.answers.refused(new Problem('prediction.not_found', { values: { id } }), language, 404)
    return job.finishedAt === null ? pendingAnswer(job) : this.answers.completed(job)
  }

  #keep(job: Job): void {
    this.#kept.set(job.id, job)
    for (const [id, kept] of this.#kept) {
      if (this.#kept.size <= keptResults) return
      if (kept.finishedAt !== null) this.#kept.delete(id)
    }
  }
}
