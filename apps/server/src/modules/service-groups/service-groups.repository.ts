import { asc, count, eq, max, sql } from 'drizzle-orm'
import type { GroupColour, ServiceGroup } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmServices, serviceGroups } from '../services/services.tables.ts'

/** Rows of `service_groups`. */
export type ServiceGroupsRepository = ReturnType<typeof createServiceGroupsRepository>

export function createServiceGroupsRepository({ db }: { db: Database }) {
  const withCounts = db
    .select({
      id: serviceGroups.id,
      name: serviceGroups.name,
      colour: serviceGroups.colour,
      position: serviceGroups.position,
      createdAt: serviceGroups.createdAt,
      services: count(algorithmServices.id).as('services'),
    })
    .from(serviceGroups)
    .leftJoin(algorithmServices, eq(algorithmServices.groupId, serviceGroups.id))
    .groupBy(serviceGroups.id)
    .orderBy(asc(serviceGroups.position), asc(serviceGroups.createdAt))
    .as('groups')
  type Row = { createdAt: Date } & Omit<ServiceGroup, 'created_at'>
  const toGroup = ({ createdAt, ...row }: Row): ServiceGroup => ({
    ...row,
    created_at: createdAt.toISOString(),
  })

  return {
    /** All groups in their order, each with the number of its services. */
    async all(): Promise<ServiceGroup[]> {
      return (await db.select().from(withCounts)).map(toGroup)
    },
    async get(id: string): Promise<ServiceGroup | null> {
      const [row] = await db.select().from(withCounts).where(eq(withCounts.id, id))
      return row ? toGroup(row) : null
    },
    /** Adds a group at the end. Resolves with its id, or null if the name is taken. */
    async insert(group: { name: string; colour: GroupColour }): Promise<string | null> {
      const [last] = await db.select({ position: max(serviceGroups.position) }).from(serviceGroups)
      const [row] = await db
        .insert(serviceGroups)
        .values({ ...group, position: (last?.position ?? -1) + 1 })
        .onConflictDoNothing({ target: serviceGroups.name })
        .returning({ id: serviceGroups.id })
      return row?.id ?? null
    },
    /** The id of the group with this name, or null. */
    async idOfName(name: string): Promise<string | null> {
      const [row] = await db
        .select({ id: serviceGroups.id })
        .from(serviceGroups)
        .where(eq(serviceGroups.name, name))
      return row?.id ?? null
    },
    async update(id: string, change: { name?: string; colour?: GroupColour }): Promise<void> {
      if (Object.keys(change).length > 0)
        await db.update(serviceGroups).set(change).where(eq(serviceGroups.id, id))
    },
    /** Gives the groups the positions of this list, in one statement. */
    async order(ids: readonly string[]): Promise<void> {
      await db.transaction(async (tx) => {
        for (const [position, id] of ids.entries())
          await tx.update(serviceGroups).set({ position }).where(eq(serviceGroups.id, id))
      })
    },
    /** Deletes a group. Its services then have no group. Resolves with whether it existed. */
    async delete(id: string): Promise<boolean> {
      const rows = await db
        .delete(serviceGroups)
        .where(eq(serviceGroups.id, id))
        .returning({ one: sql`1` })
      return rows.length > 0
    },
  }
}
