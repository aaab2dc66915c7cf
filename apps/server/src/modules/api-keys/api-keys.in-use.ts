import type { GatewayKeys } from '@vitrine/contract'
import type { Cache } from '../../adapters/cache/cache.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { sha256 } from '../../lib/secrets.ts'
import type { ApiKeysRepository } from './api-keys.repository.ts'
import { keyPermissions, scopesInForce } from './api-keys.scopes.ts'

/** The use of a key is recorded at most once in this time. */
const useNotedEveryMs = 60_000

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
  if (!found || found.owner.disabled || (found.expiresAt && found.expiresAt <= now)) return null
  await deps.cache.getOrSet(`api-key-used:${found.id}`, useNotedEveryMs, async () => {
    await deps.apiKeys.noteUse(found.id, now, new Date(now.getTime() - useNotedEveryMs))
    return true
  })
  return {
    kind: 'key',
    id: found.owner.id,
    name: found.owner.username,
    role: found.owner.role,
    permissions: keyPermissions(found.scopes, found.owner.role),
    serviceIds: found.serviceIds,
    key: { id: found.id, name: found.name },
  }
}

/**
 * Hands the list of valid keys to `onKeysChanged`. Calls run one after the other, and each reads the list
 * again, so that an older list never follows a newer one.
 */
export function createKeyPublisher(deps: {
  apiKeys: Pick<ApiKeysRepository, 'inUse'>
  onKeysChanged: (keys: GatewayKeys) => Promise<void>
}): () => Promise<void> {
  const publish = async () => {
    const keys = (await deps.apiKeys.inUse()).map((key) => ({
      id: key.id,
      sha256: key.sha256,
      scopes: scopesInForce(key.scopes, key.owner.role),
      service_ids: key.serviceIds,
      expires_at: key.expiresAt?.toISOString() ?? null,
    }))
    await deps.onKeysChanged({ version: 1, keys: keys.filter(({ scopes }) => scopes.length > 0) })
  }
  let last: Promise<void> = Promise.resolve()
  return () => {
    last = last.then(publish, publish)
    return last
  }
}
