import type { RevokedLogins as Entry } from '@vitrine/contract'
import type { Login } from './tokens.ts'

/** The logins that are refused although their tokens have not expired. The list is usually empty. */
export class RevokedLogins {
  /** For each subject, the `gen` from which on its tokens are valid. */
  readonly #before: ReadonlyMap<string, number>
  readonly #untilMs: number

  constructor(entries: readonly Entry[]) {
    this.#before = new Map(
      entries.map(({ subject, before_generation }) => [subject, before_generation ?? Infinity] as const),
    )
    this.#untilMs = Math.max(0, ...entries.map(({ until }) => Date.parse(until)))
  }

  /**
   * Whether a login is revoked. `nowMs` is the time of a new request. It is absent for an open stream, whose token may
   * have expired since it was opened.
   */
  has(login: Login, nowMs = 0): boolean {
    if (nowMs >= this.#untilMs) return false
    return this.#isBefore(login.session, login.generation) || this.#isBefore(login.caller, login.generation)
  }

  #isBefore(subject: string, generation: number): boolean {
    const before = this.#before.get(subject)
    return before !== undefined && generation < before
  }
}
