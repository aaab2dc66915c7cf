import { and, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { GrantLevel, Permission, Role, ServiceGrant } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { HeldGrant } from '../../lib/actor.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { customRoles, users } from '../users/users.tables.ts'
import { serviceGrants } from './service-grants.tables.ts'

/** To whom a grant is given, by ids. */
export type Holder = { userId: string } | { role: Role } | { customRoleId: string }

/** What groups of services grant, in PostgreSQL. */
export type ServiceGrantsRepository = ReturnType<typeof createServiceGrantsRepository>

/** The people for whom a grant is. */
const isHolder = or(
  eq(serviceGrants.userId, users.id),
  eq(serviceGrants.customRoleId, users.customRoleId),
  // Whoever has a custom role keeps a built-in one as their base, but does not have it.
  and(eq(serviceGrants.role, users.role), isNull(users.customRoleId)),
)

const shown = {
  id: serviceGrants.id,
  level: serviceGrants.level,
  username: users.username,
  role: serviceGrants.role,
  customRole: customRoles.name,
  createdAt: serviceGrants.createdAt,
}
type Shown = {
  id: string
  level: GrantLevel
  username: string | null
  role: Role | null
  customRole: string | null
  createdAt: Date
}

const holderOf = ({ username, role, customRole }: Shown): Pick<ServiceGrant, 'holder' | 'holder_name'> => {
  if (username !== null) return { holder: 'user', holder_name: username }
  return role === null
    ? { holder: 'custom_role', holder_name: customRole ?? '' }
    : { holder: 'role', holder_name: role }
}

const toGrant = (row: Shown): ServiceGrant => ({
  id: row.id,
  level: row.level,
  ...holderOf(row),
  created_at: row.createdAt.toISOString(),
})

export function createServiceGrantsRepository({ db }: { db: Database }) {
  const withHolder = () =>
    db
      .select(shown)
      .from(serviceGrants)
      .leftJoin(users, eq(users.id, serviceGrants.userId))
      .leftJoin(customRoles, eq(customRoles.id, serviceGrants.customRoleId))
  return {
    /**
     * What a person may do with single services by grants now. A service appears once for each grant that includes it. The order is
     * always the same, because a stream that opens compares what it read with what its request read.
     */
    heldBy: async (userId: string): Promise<HeldGrant[]> => {
      const rows = await db
        .select({ serviceId: algorithmServices.id, level: serviceGrants.level, codeId: algorithms.id })
        .from(serviceGrants)
        .innerJoin(users, isHolder)
        .innerJoin(algorithmServices, eq(algorithmServices.groupId, serviceGrants.groupId))
        .leftJoin(
          algorithms,
          and(
            eq(algorithms.id, algorithmServices.id),
            eq(algorithms.id, algorithmServices.algorithmId),
            eq(algorithms.ownerId, algorithmServices.ownerId),
          ),
        )
        .where(eq(users.id, userId))
        .orderBy(asc(algorithmServices.id), asc(serviceGrants.level))
      return rows.map(({ codeId, ...held }) => ({ ...held, hasCode: codeId !== null }))
    },
    /** What a group grants: people first, then roles, by name. */
    async ofGroup(groupId: string): Promise<ServiceGrant[]> {
      const name = sql`lower(coalesce(${users.username}, ${customRoles.name}, ${serviceGrants.role}))`
      const rows = await withHolder()
        .where(eq(serviceGrants.groupId, groupId))
        .orderBy(sql`${serviceGrants.userId} is null`, asc(name))
      return rows.map(toGrant)
    },
    async get(groupId: string, id: string): Promise<ServiceGrant | null> {
      const [row] = await withHolder().where(
        and(eq(serviceGrants.groupId, groupId), eq(serviceGrants.id, id)),
      )
      return row ? toGrant(row) : null
    },
    /** What a group grants a holder; null if nothing. */
    async levelOf(groupId: string, holder: Holder): Promise<GrantLevel | null> {
      const [row] = await db
        .select({ level: serviceGrants.level })
        .from(serviceGrants)
        .where(and(eq(serviceGrants.groupId, groupId), isFor(holder)))
      return row?.level ?? null
    },
    /**
     * Grants the level `to` in place of `from`, or of nothing. Resolves with the id of the grant; null if the group grants the holder
     * something else by now.
     */
    async put(
      groupId: string,
      holder: Holder,
      { from, to: level }: { from: GrantLevel | null; to: GrantLevel },
    ): Promise<string | null> {
      const target = [serviceGrants.groupId, columnOf(holder)]
      const insert = db.insert(serviceGrants).values({ groupId, level, ...holder })
      const put =
        from === null
          ? insert.onConflictDoNothing({ target })
          : insert.onConflictDoUpdate({ target, set: { level }, setWhere: eq(serviceGrants.level, from) })
      const [row] = await put.returning({ id: serviceGrants.id })
      return row?.id ?? null
    },
    /** Resolves with whether it was there, with this level. */
    async remove({ id, level }: Pick<ServiceGrant, 'id' | 'level'>): Promise<boolean> {
      const isIt = and(eq(serviceGrants.id, id), eq(serviceGrants.level, level))
      return (await db.delete(serviceGrants).where(isIt).returning()).length > 0
    },
    /**
     * The people whose role may run no service, with the groups that grant them something: each level includes running. Nobody with a
     * built-in role is among them.
     */
    ofPeopleWithoutRuns: async (): Promise<{ userId: string; groupIds: string[] }[]> => {
      const mayRun: Permission = 'runs.create'
      return db
        .select({
          userId: users.id,
          groupIds: sql<string[]>`array_agg(distinct ${serviceGrants.groupId}::text)`,
        })
        .from(serviceGrants)
        .innerJoin(users, isHolder)
        .innerJoin(customRoles, eq(customRoles.id, users.customRoleId))
        .where(
          and(
            eq(users.disabled, false),
            sql`not ${customRoles.permissions} @> ${JSON.stringify([mayRun])}::jsonb`,
          ),
        )
        .groupBy(users.id)
        .orderBy(asc(users.id))
    },
    /** The people for whom grants of these groups are. */
    peopleOf: async (groupIds: readonly string[]): Promise<string[]> => {
      if (groupIds.length === 0) return []
      const rows = await db
        .selectDistinct({ id: users.id })
        .from(serviceGrants)
        .innerJoin(users, isHolder)
        .where(inArray(serviceGrants.groupId, [...groupIds]))
      return rows.map(({ id }) => id)
    },
    /** The people for whom one grant is. */
    async peopleOfGrant(id: string): Promise<string[]> {
      const rows = await db
        .select({ id: users.id })
        .from(serviceGrants)
        .innerJoin(users, isHolder)
        .where(eq(serviceGrants.id, id))
      return rows.map((row) => row.id)
    },
  }
}

const columnOf = (holder: Holder) => {
  if ('userId' in holder) return serviceGrants.userId
  return 'role' in holder ? serviceGrants.role : serviceGrants.customRoleId
}

function isFor(holder: Holder) {
  if ('userId' in holder) return eq(serviceGrants.userId, holder.userId)
  return 'role' in holder
    ? eq(serviceGrants.role, holder.role)
    : eq(serviceGrants.customRoleId, holder.customRoleId)
}
