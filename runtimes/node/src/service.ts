import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { HealthWord } from '@vitrine/contract'
import { FetchedMedia } from './fetched-media.ts'
import { newId } from './identifiers.ts'
import { Job } from './job.ts'
import { JobQueue } from './job-queue.ts'
import { LiveConfig } from './live-config.ts'
import { mediaOf } from './media.ts'
import { parameterRules } from './parameters.ts'
import { Predictor } from './predictor.ts'
import { Problem } from './problem.ts'
import { publishedFiles, type PublishedFiles } from './published.ts'
import type { Release } from './release.ts'
import type { RequestBody } from './request-body.ts'
import type { RequestHeaders } from './request-headers.ts'
import { runJobs } from './run-jobs.ts'
import { compileCheck, holdsMedia, withoutMedia, type Check } from '@vitrine/contract/schema-check'

type Revision = { config_revision?: number }
type Rules = { check: Check; parameters: ReturnType<typeof parameterRules> }

/** The algorithm as a service. It accepts checked requests and knows its own health. */
export class Service {
  readonly published: PublishedFiles
  /** The revision of the configuration that it has. */
  readonly config: LiveConfig
  stopping = false
  readonly #predictor: Predictor
  readonly #queue: JobQueue
  readonly #media: FetchedMedia
  readonly #hasMedia: boolean
  readonly #startedAt = performance.now()
  readonly #runners: Promise<void>[] = []
  #rules: Rules | { detail: string }
  #running = 0

  /**
   * `script` is the file whose worker thread loads the algorithm. `onDefunct` is called when that thread ends
   * by itself.
   */
  constructor(
    readonly release: Release,
    script: string,
    onDefunct: () => void,
  ) {
    const { manifest, mediaDir, root } = release
    const folder = mediaDir ?? mkdtempSync(join(tmpdir(), 'vitrine-media-'))
    const [file = '', exportName = null] = manifest.entry.split(':')
    const kind = manifest.output['x-kind']
    const outputsFolder = join(folder, 'outputs')
    this.published = publishedFiles(outputsFolder)
    this.#media = new FetchedMedia(mediaOf(release, folder), manifest.input)
    this.#hasMedia = holdsMedia(manifest.input)
    this.#queue = new JobQueue(manifest.batch.max_size, manifest.batch.max_wait_ms)
    this.#rules = rulesOf(release)
    const start = {
      entry: resolve(root, file),
      exportName,
      outputsFolder,
      kind: typeof kind === 'string' ? kind : null,
    }
    const defunct = () => {
      this.#media.giveUp(new Problem('service.stopping'))
      onDefunct()
    }
    this.#predictor = new Predictor(script, start, () => this.#startRunners(), defunct)
    this.config = new LiveConfig(release, (changes) => this.#predictor.configure(changes))
  }

  /** The health state, seconds since the start, and the reason if it is not well. */
  get health(): { status: HealthWord; uptime_s: number; detail: string | null } & Revision {
    const detail = 'detail' in this.#rules ? this.#rules.detail : this.#predictor.detail
    const uptime = Math.round(performance.now() - this.#startedAt) / 1000
    return { status: this.#word(), uptime_s: uptime, detail, ...this.revision }
  }

  /** The revision of the configuration that the instance has. By hand, it has none. */
  get revision(): Revision {
    return this.config.revision === null ? {} : { config_revision: this.config.revision }
  }

  /** Throws {@link Problem} `service.…` while it cannot accept requests. */
  refuseUnlessReady(): void {
    const word = this.#word()
    if (word === 'DEFUNCT') throw new Problem('service.stopping')
    if (word === 'STARTING') throw new Problem('service.starting')
    if (word === 'SETUP_FAILED') {
      throw new Problem('service.setup_failed', { values: { reason: this.health.detail ?? '' } })
    }
  }

  /**
   * Checks a request and fetches its media. Invalid elements are marked as failed in the job. `whenGone` is told what
   * to call when the caller leaves. Rejects with {@link Problem} if the request as a whole is invalid, or with
   * `NotWanted` if nobody waits for its media any more.
   */
  async prepare(
    body: RequestBody,
    headers: RequestHeaders,
    whenGone: (leave: () => void) => void,
  ): Promise<{ job: Job; temporary: string[] }> {
    const rules = this.#rules
    if ('detail' in rules) throw new Problem('service.setup_failed', { values: { reason: rules.detail } })
    const { language, prefix } = headers
    const job = new Job(
      headers.predictionId ?? newId(),
      body.batchId,
      body.inputData,
      rules.parameters(body.parameters),
      language,
      prefix,
    )
    job.elements.forEach((element, index) => {
      const fields = rules.check(element, `input_data[${index}]`)
      if (fields.length > 0) job.fail(index, new Problem('input.invalid', { fields }))
      else job.pending.push(index)
    })
    return { job, temporary: this.#hasMedia ? await this.#media.fetch(job, whenGone) : [] }
  }

  /** Queues a job. Its `onDone` is called when all its elements have their prediction. */
  submit(job: Job): void {
    if (job.pending.length > 0) this.#queue.put(job)
    else job.finish()
  }

  /** Resolves when the accepted jobs are done. All requests must be answered before, because no more jobs are taken. */
  async stop(): Promise<void> {
    this.stopping = true
    this.#queue.close()
    await Promise.all(this.#runners)
    await this.#predictor.close()
  }

  #word(): HealthWord {
    const { state } = this.#predictor
    if (this.stopping) return 'DEFUNCT'
    if ('detail' in this.#rules) return 'SETUP_FAILED'
    return state === 'READY' && this.#running >= this.release.manifest.concurrency ? 'BUSY' : state
  }

  #startRunners(): void {
    for (let count = 0; count < this.release.manifest.concurrency; count++) this.#runners.push(this.#run())
  }

  async #run(): Promise<void> {
    for (let jobs = await this.#queue.take(); jobs; jobs = await this.#queue.take()) {
      this.#running++
      await runJobs(this.#predictor, jobs)
      this.#running--
    }
  }
}

/** An invalid schema is a failed setup. `/health` reports it with the validator's message. */
function rulesOf({ manifest }: Release): Rules | { detail: string } {
  try {
    return {
      check: compileCheck(withoutMedia(manifest.input)),
      parameters: parameterRules(manifest.parameters),
    }
  } catch (error) {
    return { detail: error instanceof Error ? error.message : String(error) }
  }
}
