import { createHash } from 'node:crypto'
import type { GatewayKeys } from '@vitrine/contract'
import { refusals, type Refusal } from './refusals.ts'

type ApiKey = {
  caller: string
  mayRun: boolean
  serviceIds: ReadonlySet<string> | null
  expiresMs: number
}

/** The API keys that the gateway accepts, found by the SHA-256 of what a caller sends. */
export class ApiKeys {
  readonly #bySha256: ReadonlyMap<string, ApiKey>

  /** Throws when an id could not stand in a header, where the caller is named. */
  constructor(keys: GatewayKeys) {
    for (const { id } of keys.keys)
      if (!/^[\x21-\x7e]+$/.test(id)) throw new Error(`the key id ${id} is not plain text`)
    this.#bySha256 = new Map(
      keys.keys.map((key) => [
        key.sha256,
        {
          caller: `key:${key.id}`,
          mayRun: key.scopes.some((scope) => scope === 'run' || scope === 'deploy' || scope === 'admin'),
          serviceIds: key.service_ids && new Set(key.service_ids),
          expiresMs: key.expires_at === null ? Infinity : Date.parse(key.expires_at),
        },
      ]),
    )
  }

  /** The caller (`key:<id>`) if this key may run this service now, else why not. */
  check(key: string, serviceId: string, nowMs: number): string | Refusal {
    const found = this.#bySha256.get(createHash('sha256').update(key).digest('hex'))
    if (!found || found.expiresMs <= nowMs) return refusals.tokenInvalid
    if (!found.mayRun) return refusals.scopeMissing
    if (found.serviceIds && !found.serviceIds.has(serviceId)) return refusals.serviceNotAllowed
    return found.caller
  }
}
