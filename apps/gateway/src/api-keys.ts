import { createHash } from 'node:crypto'
import { mayRunServices, type GatewayKeys } from '@vitrine/contract'
import { rateLimitOf, type RateLimit } from '@vitrine/contract/rate-limit'
import { refusals, type Refusal } from './refusals.ts'

/** An API key, without the key itself. */
export type ApiKey = {
  readonly kind: 'key'
  /** `key:<id>` */
  readonly caller: string
  readonly sha256: string
  readonly mayRun: boolean
  readonly serviceIds: ReadonlySet<string> | null
  readonly expiresMs: number
  /** For all services together. */
  readonly rateLimit: RateLimit | null
}

/** The API keys that the gateway accepts, indexed by the SHA-256 of the key. */
export class ApiKeys {
  readonly #bySha256: ReadonlyMap<string, ApiKey>

  /**
   * A key whose limit is the same as in the list before keeps its count. Throws if an id contains characters that a header
   * cannot hold, because the id is sent in a header.
   */
  constructor(keys: GatewayKeys, before: ApiKeys | null) {
    for (const { id } of keys.keys)
      if (!/^[\x21-\x7e]+$/.test(id)) throw new Error(`the key id ${id} is not plain text`)
    const former = before && before.#bySha256
    this.#bySha256 = new Map(
      keys.keys.map((key) => [
        key.sha256,
        {
          kind: 'key' as const,
          sha256: key.sha256,
          caller: `key:${key.id}`,
          mayRun: mayRunServices(key.scopes),
          serviceIds: key.service_ids && new Set(key.service_ids),
          expiresMs: key.expires_at === null ? Infinity : Date.parse(key.expires_at),
          rateLimit:
            key.rate_limit === undefined
              ? null
              : rateLimitOf(former?.get(key.sha256)?.rateLimit, key.rate_limit),
        },
      ]),
    )
  }

  /** Returns the key with this secret if it may use this service now, else the refusal. */
  check(secret: string, serviceId: string, nowMs: number): ApiKey | Refusal {
    return this.checkHash(createHash('sha256').update(secret).digest('hex'), serviceId, nowMs)
  }

  /** As above, for the SHA-256 of a secret. */
  checkHash(sha256: string, serviceId: string, nowMs: number): ApiKey | Refusal {
    const found = this.#bySha256.get(sha256)
    if (!found || found.expiresMs <= nowMs) return refusals.tokenInvalid
    if (!found.mayRun) return refusals.scopeMissing
    if (found.serviceIds && !found.serviceIds.has(serviceId)) return refusals.serviceNotAllowed
    return found
  }
}
