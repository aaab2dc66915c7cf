import type { GatewayKeys } from '@vitrine/contract'
import type { Cache } from '../../adapters/cache/cache.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { useNotedEveryMs } from '../../lib/last-use.ts'
import { sha256 } from '../../lib/secrets.ts'
import type { RevocationsRepository } from '../revocations/revocations.repository.ts'
import type { ApiKeysRepository, KeyInUse } from './api-keys.repository.ts'
import { perMinute } from './api-keys.rates.ts'
import { keyPermissions, scopesInForce } from './api-keys.scopes.ts'

/** The actor of a stored key. Null for one that has expired, or whose owner is disabled. Pure. */
function actorOfKey(found: KeyInUse | null, now: Date): Actor | null {
  if (!found || found.owner.disabled || (found.expiresAt && found.expiresAt <= now)) return null
  return {
    kind: 'key',
    id: found.owner.id,
    name: found.owner.username,
    role: found.owner.role,
    permissions: keyPermissions(found.scopes, found.owner),
    serviceIds: found.serviceIds,
    key: {
      id: found.id,
      name: found.name,
      ...(found.expiresAt && { endsAt: found.expiresAt }),
      ...(found.requestsPerMinute !== null && {
        limit: { prefix: found.prefix, requests: found.requestsPerMinute },
      }),
    },
  }
}

/** The actor of a key that somebody used earlier, for work that goes on in its name. Null for one that is revoked or not in force. */
export const actorOfEarlierKey = async (
  deps: { apiKeys: Pick<ApiKeysRepository, 'findById'>; clock: Clock },
  id: string,
): Promise<Actor | null> => actorOfKey(await deps.apiKeys.findById(id), deps.clock())

/**
 * The actor of an API key. Null for a key that is unknown or expired, or whose owner is disabled. Not cached:
 * a key is one look-up by index, and revoking it must take effect at once.
 */
export async function actorOfApiKey(
  deps: { apiKeys: ApiKeysRepository; clock: Clock; cache: Cache },
  key: string,
): Promise<Actor | null> {
  const found = await deps.apiKeys.findByHash(sha256(key))
  const now = deps.clock()
  const actor = actorOfKey(found, now)
  if (!found || !actor) return null
  await deps.cache.getOrSet(`api-key-used:${found.id}`, useNotedEveryMs, async () => {
    await deps.apiKeys.noteUse(found.id, now, new Date(now.getTime() - useNotedEveryMs))
    return true
  })
  return actor
}

/** How long after a failed attempt the list is handed over again. */
const retryMs = 1_000

/** Hands the gateway what it must know of credentials. */
export type KeyPublisher = {
  /** Resolves when a list that was read after the call is in force. */
  publish: () => Promise<void>
  /** Ends the attempts after a failed one. */
  close: () => void
}

/**
 * Hands the valid keys, the revoked logins and the grants to `onKeysChanged`. Calls run one after the other, and each reads
 * the lists again, so that an older list never follows a newer one. A list that cannot be handed over rejects,
 * and is tried again until it can: the change is already made, so nobody would repeat it.
 */
export function createKeyPublisher(deps: {
  apiKeys: Pick<ApiKeysRepository, 'inUse'>
  revocations: Pick<RevocationsRepository, 'inForce'>
  grantsWithoutRuns: () => Promise<{ userId: string; groupIds: string[] }[]>
  clock: Clock
  onKeysChanged: (keys: GatewayKeys) => Promise<void>
  onRetryFailed: (error: unknown) => void
}): KeyPublisher {
  const handOver = async () => {
    const keys = (await deps.apiKeys.inUse()).map((key) => ({
      id: key.id,
      sha256: key.sha256,
      scopes: scopesInForce(key.scopes, key.owner),
      service_ids: key.serviceIds,
      expires_at: key.expiresAt?.toISOString() ?? null,
      ...(key.requestsPerMinute !== null && { rate_limit: perMinute(key.requestsPerMinute) }),
    }))
    const revoked = await deps.revocations.inForce(deps.clock())
    const grants = (await deps.grantsWithoutRuns()).map(({ userId, groupIds }) => ({
      caller: `user:${userId}`,
      groups: groupIds,
    }))
    await deps.onKeysChanged({
      version: 1,
      keys: keys.filter(({ scopes }) => scopes.length > 0),
      revoked,
      ...(grants.length > 0 && { grants }),
    })
  }
  let last: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  const attempt = async () => {
    try {
      await handOver()
      clearTimeout(retry)
      retry = undefined
    } catch (error) {
      clearTimeout(retry)
      if (!isClosed) retry = setTimeout(() => publish().catch(deps.onRetryFailed), retryMs).unref()
      throw error
    }
  }
  const publish = () => {
    last = last.then(attempt, attempt)
    return last
  }
  return {
    publish,
    close() {
      isClosed = true
      clearTimeout(retry)
    },
  }
}
