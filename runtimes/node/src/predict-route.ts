import type { IncomingMessage, ServerResponse } from 'node:http'
import { pendingAnswer, type Answer, type Answers } from './answers.ts'
import { NotWanted, whenGone } from './caller-gone.ts'
import { streamEvents } from './event-stream.ts'
import { removeFiles } from './fetched-media.ts'
import type { Job } from './job.ts'
import { KeptPredictions } from './kept-predictions.ts'
import { Prediction } from './prediction.ts'
import { Problem } from './problem.ts'
import { parseBody, readBody } from './request-body.ts'
import { languageOf, readHeaders, type RequestHeaders } from './request-headers.ts'
import type { Service } from './service.ts'

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

/** `POST /predict`, and the kept predictions. */
export class PredictRoute {
  readonly #kept: KeptPredictions
  /** The requests whose bodies are still arriving. */
  readonly #uploading = new Map<ServerResponse, IncomingMessage>()
  /** The requests that are neither answered nor given to the service yet. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(
    readonly service: Service,
    readonly answers: Answers,
  ) {
    this.#kept = new KeptPredictions(service.release.manifest.max_waiting)
  }

  /** Answers `POST /predict`. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handled = this.#handle(request, response)
    this.#underWay.add(handled)
    try {
      await handled
    } finally {
      this.#underWay.delete(handled)
    }
  }

  /**
   * Resolves when each accepted request is answered or given to the service. The server knows nothing of a kept prediction whose caller has
   * left while its media are fetched.
   */
  async allAccepted(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response, readHeaders(request.headers))
    } catch (error) {
      const problem = error instanceof NotWanted ? error.problem : error
      if (problem === null) return
      if (!(problem instanceof Problem)) throw error
      sendAnswer(response, this.answers.refused(problem, languageOf(request.headers)))
    }
  }

  /** Refuses the requests whose bodies are still arriving, because nothing can run them any more. */
  refuseUploads(): void {
    for (const [response, { headers }] of this.#uploading) {
      sendAnswer(response, this.answers.refused(new Problem('service.stopping'), languageOf(headers)))
    }
  }

  /**
   * Answers `GET` and `DELETE /predict/{id}`. `GET` answers 202 while it runs, and then the answer of the
   * request itself, or its events. `DELETE` ends it and forgets it.
   */
  handleKept(id: string, request: IncomingMessage, response: ServerResponse): void {
    const prediction = this.#kept.get(id)
    const { accept } = request.headers
    const named = { 'prediction-id': id }
    if (!prediction) {
      const problem = new Problem('prediction.not_found', { values: { id } })
      sendAnswer(response, this.answers.refused(problem, languageOf(request.headers)))
    } else if (request.method === 'DELETE') {
      this.#kept.delete(prediction)
      response.writeHead(204).end()
    } else if (accept?.includes('text/event-stream')) streamEvents(this.answers, prediction, named, response)
    else {
      const { job } = prediction
      const answer = prediction.hasEnded ? this.answers.completed(job) : pendingAnswer(job)
      sendAnswer(response, { ...answer, headers: named })
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, headers: RequestHeaders): Promise<void> {
    const known = this.#known(headers)
    if (!known) this.service.refuseUnlessReady()
    const body = await this.#bodyOf(request, response)
    if (response.headersSent) return
    if (known) return this.#answerKept(known, headers, response)
    const isKept = headers.predictionId !== null || headers.respondAsync
    if (isKept) this.#kept.requireRoom(body.length)
    const { job, temporary } = await this.service.prepare(parseBody(body), headers, (leave) => {
      if (!isKept) whenGone(response, leave)
    })
    if (isKept) {
      // The same id may have been sent a second time while the media of the first were fetched.
      const twin = this.#known(headers)
      if (twin) removeFiles(temporary)
      const prediction = twin ?? this.#begin(job, temporary, headers, body.length)
      return this.#answerKept(prediction, headers, response)
    }
    if (headers.events) {
      const prediction = new Prediction(job, 0, body.length)
      streamEvents(this.answers, prediction, {}, response)
      prediction.submit(this.service, temporary, () => undefined)
      return
    }
    whenGone(response, () => job.cancel())
    job.onDone = () => {
      removeFiles(temporary)
      sendAnswer(response, this.answers.completed(job))
    }
    this.service.submit(job)
  }

  async #bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    this.#uploading.set(response, request)
    try {
      return await readBody(request)
    } finally {
      this.#uploading.delete(response)
    }
  }

  #known({ predictionId }: RequestHeaders): Prediction | null {
    return predictionId === null ? null : this.#kept.get(predictionId)
  }

  #begin(job: Job, temporary: readonly string[], { unattendedS }: RequestHeaders, bytes: number): Prediction {
    try {
      // Others may have come while its media were fetched.
      this.#kept.requireRoom(bytes)
    } catch (error) {
      removeFiles(temporary)
      throw error
    }
    const prediction = new Prediction(job, unattendedS, bytes)
    this.#kept.add(prediction)
    prediction.submit(this.service, temporary, () => this.#kept.makeRoom())
    return prediction
  }

  /** Answers with a prediction that continues if its caller disconnects. */
  #answerKept(prediction: Prediction, headers: RequestHeaders, response: ServerResponse): void {
    const { job } = prediction
    const named = { 'prediction-id': job.id }
    if (headers.events) return streamEvents(this.answers, prediction, named, response)
    if (headers.respondAsync) {
      const location = `${headers.prefix}/predict/${job.id}`
      return sendAnswer(response, { ...pendingAnswer(job), headers: { location, ...named } })
    }
    const leave = prediction.follow({
      onEvent: () => undefined,
      onEnd: () => sendAnswer(response, { ...this.answers.completed(job), headers: named }),
    })
    whenGone(response, leave)
  }
}
