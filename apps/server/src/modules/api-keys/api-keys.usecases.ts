import { randomBytes, randomUUID } from 'node:crypto'
import {
  apiKeyPrefix,
  seesEverything,
  shownPartOfKey,
  type ApiKey,
  type ApiKeyScope,
  type ListQuery,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { reaches, visibleRows, type VisibleRows } from '../../lib/policy.ts'
import { sha256 } from '../../lib/secrets.ts'
import type { OwnedRoom } from '../quotas/owned.ts'
import { requireEndWithinKey, requireNoRate } from './api-keys.bounds.ts'
import { apiKeyNotFound, expiryInPast, scopesBeyondRole, servicesBeyondKey } from './api-keys.errors.ts'
import type { ApiKeysRepository } from './api-keys.repository.ts'
import { keyPermissions, scopesOfRole } from './api-keys.scopes.ts'

/** What the use cases of API keys need. `publishKeys` comes from `createKeyPublisher`. */
export type ApiKeysDeps = {
  apiKeys: ApiKeysRepository
  clock: Clock
  publishKeys: () => Promise<void>
  owned: OwnedRoom
}

/**
 * The keys that the actor sees: their own, or everybody's for an administrator. Whoever manages people with a role of their own
 * does not see them: a key of somebody who may do more would be theirs to lengthen. A limited key sees only keys that are limited
 * to some of the same services.
 */
const seenBy = (actor: Actor): VisibleRows => ({
  ownerId: actor.permissions.has('users.manage') && seesEverything(actor.role) ? null : actor.id,
  services: visibleRows(actor).services,
})

/** A page of the keys that the actor may see, without the keys themselves. */
export const listApiKeys = (deps: Pick<ApiKeysDeps, 'apiKeys'>, input: { actor: Actor; query: ListQuery }) =>
  deps.apiKeys.list(seenBy(input.actor), input.query)

/** Finds a key that the actor may see. Throws `api_key.not_found`, also for a key of another person. */
export async function getApiKey(
  deps: Pick<ApiKeysDeps, 'apiKeys'>,
  input: { actor: Actor; id: string },
): Promise<ApiKey> {
  const found = await deps.apiKeys.get(seenBy(input.actor), input.id)
  if (!found) throw apiKeyNotFound({ id: input.id })
  return found
}

/** A key that is created or lengthened with another key must not exceed that key. */
function refuseExcess(
  actor: Actor,
  scopes: readonly ApiKeyScope[],
  serviceIds: readonly string[] | null,
): void {
  const excess = scopes.filter((scope) => {
    if (!scopesOfRole[actor.role].has(scope)) return true
    const wanted = [...keyPermissions([scope], { role: actor.role, custom: null })]
    return actor.kind === 'key' && !wanted.every((permission) => actor.permissions.has(permission))
  })
  if (excess.length > 0) throw scopesBeyondRole({ path: 'scopes', scopes: excess })
  if (!reaches(actor, serviceIds ?? [])) throw servicesBeyondKey({ path: 'service_ids' })
}

/** Refuses an end that has passed, and one that a key gives to itself or another key beyond its own. */
function refuseEnd({ clock }: Pick<ApiKeysDeps, 'clock'>, actor: Actor, expiresAt: string | null): void {
  if (expiresAt !== null && Date.parse(expiresAt) <= clock().getTime())
    throw expiryInPast({ path: 'expires_at' })
  requireEndWithinKey(actor, expiresAt)
}

/** Refuses that a key with a limit gives itself or another key a greater one or none. */
function refuseRate(actor: Actor, requestsPerMinute: number | null): void {
  const own = actor.key?.limit
  if (own && (requestsPerMinute === null || requestsPerMinute > own.requests)) requireNoRate(actor)
}

/**
 * Creates a key: `vtk_` and 32 random bytes in base64url. Only this answer contains it, so a key that cannot be handed to the
 * gateway is removed again. Throws `api_key.scopes_beyond_role`, `api_key.services_beyond_key`, `api_key.expiry_in_past`, `api_key.expiry_beyond_key`,
 * `api_key.rate_beyond_key`, `quota.api_keys`.
 */
export async function createApiKey(
  deps: ApiKeysDeps,
  input: {
    actor: Actor
    name: string
    scopes: ApiKeyScope[]
    service_ids: string[] | null
    expires_at: string | null
    requests_per_minute: number | null
  },
): Promise<ApiKey & { key: string }> {
  const now = deps.clock()
  const scopes = [...new Set(input.scopes)]
  refuseExcess(input.actor, scopes, input.service_ids)
  requireNoRate(input.actor)
  refuseEnd(deps, input.actor, input.expires_at)
  const key = `${apiKeyPrefix}${randomBytes(32).toString('base64url')}`
  const id = randomUUID()
  const row = {
    id,
    ownerId: input.actor.id,
    name: input.name,
    prefix: shownPartOfKey(key),
    sha256: sha256(key),
    scopes,
    serviceIds: input.service_ids,
    expiresAt: input.expires_at === null ? null : new Date(input.expires_at),
    requestsPerMinute: input.requests_per_minute,
    createdAt: now,
  }
  await deps.owned.storeOneMore(input.actor, 'apiKeys', {
    countOf: (ownerId) => deps.apiKeys.countOf(ownerId),
    store: () => deps.apiKeys.create(row),
  })
  try {
    await deps.publishKeys()
    return { ...(await getApiKey(deps, { actor: input.actor, id })), key }
  } catch (error) {
    // If the database is away as well, the key stays in the list, where it can be revoked. The caller gets the first error.
    await deps.apiKeys.remove(id).catch(() => undefined)
    throw error
  }
}

/**
 * Renames a key, or changes when it ends or how often it may be used. Throws `api_key.not_found`, `api_key.expiry_in_past`, and where a key would give more
 * than it has, what {@link createApiKey} throws.
 */
export async function changeApiKey(
  deps: ApiKeysDeps,
  input: {
    actor: Actor
    id: string
    name?: string
    expires_at?: string | null
    requests_per_minute?: number | null
  },
): Promise<ApiKey> {
  const found = await getApiKey(deps, input)
  const { requests_per_minute: requestsPerMinute } = input
  if (requestsPerMinute !== undefined) refuseRate(input.actor, requestsPerMinute)
  if (input.expires_at !== undefined) {
    if (input.actor.kind === 'key') refuseExcess(input.actor, found.scopes, found.service_ids)
    refuseEnd(deps, input.actor, input.expires_at)
  }
  const expiresAt = typeof input.expires_at === 'string' ? new Date(input.expires_at) : input.expires_at
  await deps.apiKeys.update(input.id, { name: input.name, expiresAt, requestsPerMinute })
  if (expiresAt !== undefined || requestsPerMinute !== undefined) await deps.publishKeys()
  return getApiKey(deps, input)
}

/** Revokes a key. Throws `api_key.not_found`. */
export async function revokeApiKey(deps: ApiKeysDeps, input: { actor: Actor; id: string }): Promise<void> {
  await getApiKey(deps, input)
  await deps.apiKeys.remove(input.id)
  await deps.publishKeys()
}

/**
 * Takes a service from the keys that name it, because its ID may become somebody else's. A key that named no other
 * service then reaches none.
 */
export async function closeServiceToKeys(
  deps: { apiKeys: Pick<ApiKeysRepository, 'takeService'>; publishKeys: () => Promise<void> },
  serviceId: string,
): Promise<void> {
  if (await deps.apiKeys.takeService(serviceId)) await deps.publishKeys()
}
