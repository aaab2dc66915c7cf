import type { BrokenRule, JsonSchema } from '@vitrine/contract'
import type { Clock } from '../../lib/clock.ts'
import { workerBeside } from '../threads/bounded-thread.ts'
import { createThreadPool, type Request } from '../threads/thread-pool.ts'
import type { CheckRequest } from './schema-worker.ts'

/** A longer schema, in characters, is left to the algorithm's own runtime. */
const longestSchema = 256 * 1024
/** Limit for compiling a schema and checking one request. Untrusted users write schemas, and a pattern can take for ever. */
const usualLongestMs = 1000
/** After this many timeouts in a row a schema is refused for a while. One alone may mean that the machine is busy. */
const mostTimeouts = 2
/** How long a slow schema is refused. Callers get the answer at once, and other checks do not wait. */
const restMs = 60_000
/** How many slow schemas are remembered. */
const mostRemembered = 200
/** A person has one thread, however many checks they ask for. Two threads more are for others. */
const bounds = { atOnce: 3, perPerson: 1 }
/** Memory for all that a check makes, in MiB. */
const memoryMb = 128

/** The rules that values break, or that the schema is refused because checks by it take too long. */
export type CheckResult = { broken: BrokenRule[] } | { tooSlow: true }

/** Checks values by schemas that untrusted users wrote. */
export type SchemaChecker = {
  /**
   * Checks of one person are made one after the other, in the order of the calls. People take turns, so that slow
   * schemas of one delay the checks of another as little as possible. A check that is not made breaks no rule: by an
   * invalid or a very long schema, or the first that takes too long. The algorithm's own runtime checks as well.
   *
   * @param person one name for the person for whom the check is
   */
  check(person: string, schema: JsonSchema, values: CheckRequest['values']): Promise<CheckResult>
}

type Trouble = { timeouts: number; restsUntil: number }

/** A checker with its own threads, which are started when they are needed and ended when a check takes too long. */
class ThreadedChecker implements SchemaChecker {
  readonly #clock: Clock
  readonly #longestMs: number
  readonly #threads = createThreadPool<CheckRequest, BrokenRule[]>({
    file: workerBeside(import.meta.url, 'schema-worker'),
    memoryMb,
    bounds,
    keptMs: null,
  })
  readonly #troubles = new Map<string, Trouble>()

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock
    this.#longestMs = longestMs
  }

  async check(person: string, schema: JsonSchema, values: CheckRequest['values']): Promise<CheckResult> {
    if (Object.keys(schema).length === 0) return { broken: [] }
    const text = JSON.stringify(schema)
    if (text.length > longestSchema) return { broken: [] }
    return this.#threads.inTurn(person, (request) => this.#checkNow({ schema: text, values }, request))
  }

  async #checkNow(
    check: CheckRequest,
    request: Request<CheckRequest, BrokenRule[], never>,
  ): Promise<CheckResult> {
    const { schema } = check
    if ((this.#troubles.get(schema)?.restsUntil ?? 0) > this.#clock().getTime()) return { tooSlow: true }
    const outcome = await request(check, this.#longestMs)
    if ('exceeded' in outcome) return this.#remember(schema) ? { tooSlow: true } : { broken: [] }
    this.#troubles.delete(schema)
    return { broken: outcome.answer }
  }

  /** Counts one more timeout of a schema. Returns whether it is refused from now on. */
  #remember(schema: string): boolean {
    const timeouts = (this.#troubles.get(schema)?.timeouts ?? 0) + 1
    const rests = timeouts >= mostTimeouts
    this.#troubles.delete(schema)
    const [oldest] = this.#troubles.keys()
    if (this.#troubles.size >= mostRemembered && oldest !== undefined) this.#troubles.delete(oldest)
    const restsUntil = rests ? this.#clock().getTime() + restMs : 0
    this.#troubles.set(schema, { timeouts, restsUntil })
    return rests
  }
}

/** Makes one. A check takes at most `longestMs` milliseconds. */
export const createSchemaChecker = (clock: Clock, longestMs = usualLongestMs): SchemaChecker =>
  new ThreadedChecker(clock, longestMs)
