import { and, asc, count, desc, eq, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import type { ApiKey, ApiKeyScope, ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { useNotedEveryMs } from '../../lib/last-use.ts'
import type { VisibleRows } from '../../lib/policy.ts'
import { customRoles, users } from '../users/users.tables.ts'
import type { KeyOwner } from './api-keys.scopes.ts'
import { apiKeys } from './api-keys.tables.ts'

/** A key with what the guard and the gateway need, and the current state of its owner. */
export type KeyInUse = {
  id: string
  name: string
  prefix: string
  sha256: string
  scopes: ApiKeyScope[]
  serviceIds: string[] | null
  expiresAt: Date | null
  requestsPerMinute: number | null
  owner: KeyOwner & { id: string; username: string; disabled: boolean }
}

const shown = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  scopes: apiKeys.scopes,
  serviceIds: apiKeys.serviceIds,
  owner: users.username,
  expiresAt: apiKeys.expiresAt,
  requestsPerMinute: apiKeys.requestsPerMinute,
  lastUsedAt: apiKeys.lastUsedAt,
  createdAt: apiKeys.createdAt,
}

const used = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  sha256: apiKeys.sha256,
  scopes: apiKeys.scopes,
  serviceIds: apiKeys.serviceIds,
  expiresAt: apiKeys.expiresAt,
  requestsPerMinute: apiKeys.requestsPerMinute,
  owner: { id: users.id, username: users.username, role: users.role, disabled: users.disabled },
  custom: { permissions: customRoles.permissions },
}

const toKeyInUse = ({
  custom,
  owner,
  ...key
}: Omit<KeyInUse, 'owner'> & {
  owner: Omit<KeyInUse['owner'], 'custom'>
  custom: KeyOwner['custom']
}): KeyInUse => ({ ...key, owner: { ...owner, custom } })

type Shown = Omit<
  ApiKey,
  'service_ids' | 'expires_at' | 'requests_per_minute' | 'last_used_at' | 'created_at'
> & {
  serviceIds: string[] | null
  expiresAt: Date | null
  requestsPerMinute: number | null
  lastUsedAt: Date | null
  createdAt: Date
}

const toApiKey = (row: Shown): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  service_ids: row.serviceIds,
  owner: row.owner,
  expires_at: row.expiresAt?.toISOString() ?? null,
  requests_per_minute: row.requestsPerMinute,
  last_used_at: row.lastUsedAt?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
})

const sortColumns: Record<string, SQL> = {
  name: sql`lower(${apiKeys.name})`,
  owner: sql`lower(${users.username})`,
  created_at: sql`${apiKeys.createdAt}`,
  expires_at: sql`${apiKeys.expiresAt}`,
  requests_per_minute: sql`${apiKeys.requestsPerMinute}`,
  last_used_at: sql`${apiKeys.lastUsedAt}`,
}

function orderOf(sort: string): SQL[] {
  const column = sortColumn(sortColumns, sort)
  if (!column) return [desc(apiKeys.createdAt), asc(apiKeys.id)]
  return [sort.startsWith('-') ? desc(column) : asc(column), asc(apiKeys.id)]
}

/** API keys in PostgreSQL. Only their hashes are stored. */
export type ApiKeysRepository = ReturnType<typeof createApiKeysRepository>

export function createApiKeysRepository({ db }: { db: Database }) {
  const isVisible = ({ ownerId, services }: VisibleRows) =>
    and(
      ownerId === null ? undefined : eq(apiKeys.ownerId, ownerId),
      services === null ? undefined : sql`${apiKeys.serviceIds} <@ ${JSON.stringify(services)}::jsonb`,
    )
  /** The keys that a condition finds, with the current state of their owners, in a stable order. */
  async function keysWhere(condition: SQL): Promise<KeyInUse[]> {
    const rows = await db
      .select(used)
      .from(apiKeys)
      .innerJoin(users, eq(users.id, apiKeys.ownerId))
      .leftJoin(customRoles, eq(customRoles.id, users.customRoleId))
      .where(condition)
      .orderBy(apiKeys.id)
    return rows.map(toKeyInUse)
  }

  return {
    async list(visible: VisibleRows, query: ListQuery): Promise<{ items: ApiKey[]; total: number }> {
      const found = query.q
        ? sql`strpos(lower(${apiKeys.name} || ' ' || ${apiKeys.prefix} || ' ' || ${users.username}), lower(${query.q}::text)) > 0`
        : undefined
      const where = and(isVisible(visible), found)
      const rows = await db
        .select(shown)
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.ownerId))
        .where(where)
        .orderBy(...orderOf(query.sort))
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
      const [counted] = await db
        .select({ total: count() })
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.ownerId))
        .where(where)
      return { items: rows.map(toApiKey), total: counted?.total ?? 0 }
    },

    async get(visible: VisibleRows, id: string): Promise<ApiKey | null> {
      const [row] = await db
        .select(shown)
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.ownerId))
        .where(and(eq(apiKeys.id, id), isVisible(visible)))
      return row ? toApiKey(row) : null
    },

    async countOf(ownerId: string): Promise<number> {
      const [found] = await db.select({ total: count() }).from(apiKeys).where(eq(apiKeys.ownerId, ownerId))
      return found?.total ?? 0
    },

    async create(key: {
      id: string
      ownerId: string
      name: string
      prefix: string
      sha256: string
      scopes: ApiKeyScope[]
      serviceIds: string[] | null
      expiresAt: Date | null
      requestsPerMinute: number | null
      createdAt: Date
    }): Promise<void> {
      await db.insert(apiKeys).values(key)
    },

    async update(
      id: string,
      change: { name?: string; expiresAt?: Date | null; requestsPerMinute?: number | null },
    ): Promise<void> {
      if (Object.values(change).every((value) => value === undefined)) return
      await db.update(apiKeys).set(change).where(eq(apiKeys.id, id))
    },

    /** Takes a service from the keys that name it. Resolves with whether there was one. */
    async takeService(serviceId: string): Promise<boolean> {
      const changed = await db
        .update(apiKeys)
        .set({ serviceIds: sql`${apiKeys.serviceIds} - ${serviceId}::text` })
        .where(sql`${apiKeys.serviceIds} @> ${JSON.stringify([serviceId])}::jsonb`)
        .returning({ id: apiKeys.id })
      return changed.length > 0
    },

    async remove(id: string): Promise<void> {
      await db.delete(apiKeys).where(eq(apiKeys.id, id))
    },

    async findByHash(sha256: string): Promise<KeyInUse | null> {
      const [found] = await keysWhere(eq(apiKeys.sha256, sha256))
      return found ?? null
    },

    async findById(id: string): Promise<KeyInUse | null> {
      const [found] = await keysWhere(eq(apiKeys.id, id))
      return found ?? null
    },

    /** Every key whose owner is not disabled, in a stable order. */
    inUse: (): Promise<KeyInUse[]> => keysWhere(eq(users.disabled, false)),

    /** Records when keys were used, if that is later than what is recorded by more than `useNotedEveryMs`. */
    async noteUses(uses: ReadonlyMap<string, Date>): Promise<void> {
      if (uses.size === 0) return
      const rows = [...uses].map(([id, at]) => ({ id, at }))
      await db.execute(sql`
        update ${apiKeys} set last_used_at = used.at
        from json_to_recordset(${JSON.stringify(rows)}::json) as used (id uuid, at timestamptz)
        where ${apiKeys.id} = used.id
          and (${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} < used.at - ${useNotedEveryMs} * interval '1 millisecond')`)
    },

    /** Records a use, unless one was recorded after `notSince`. */
    async noteUse(id: string, now: Date, notSince: Date): Promise<void> {
      await db
        .update(apiKeys)
        .set({ lastUsedAt: now })
        .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, notSince))))
    },
  }
}
