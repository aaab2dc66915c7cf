import type { AnswerSource } from './instance-answer.ts'
import type { Refusal } from './refusals.ts'
import type { Upstream } from './upstreams.ts'

/** A request to pass on, and its possible upstreams. */
export type Delivery = {
  /** Evaluated at each attempt, so a request never uses a table that was replaced before it was sent. */
  upstreams: () => readonly Upstream[]
  /**
   * Request line and headers, each with its line end. The header for the length of the body is added later.
   */
  head: string
  /** The complete body, or how it is streamed, or none. */
  body: Buffer | { isChunked: boolean; limit: number } | null
  source: AnswerSource
  /** The longest time without any progress, in milliseconds; 0 for no limit. */
  timeoutMs: number
  /** The refusal if no upstream can be reached. */
  unreachable: Refusal
  unreachablePage: string | undefined
}
