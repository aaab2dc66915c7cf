import { and, count, desc, eq, inArray, max, or, sql } from 'drizzle-orm'
import type { Manifest, Release, StageExample } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { instances, releases } from './releases.tables.ts'

/** A release with what deploying and showing it need. */
export type StoredRelease = typeof releases.$inferSelect
/** A process that should exist. */
export type StoredInstance = typeof instances.$inferSelect

/** Rows of `releases` and `instances`. */
export type ReleasesRepository = ReturnType<typeof createReleasesRepository>

const toRelease = (row: StoredRelease): Release => ({
  number: row.number,
  commit: row.commit,
  status: row.status,
  created_at: row.createdAt.toISOString(),
  created_by: row.createdBy,
})

const isRelease = (serviceId: string, number: number) =>
  and(eq(releases.serviceId, serviceId), eq(releases.number, number))

export function createReleasesRepository({ db }: { db: Database }) {
  return {
    /** The next number is taken under a lock of the service's own, so two deploys at once get two numbers. */
    async insertNext(input: {
      serviceId: string
      commit: string
      manifest: Manifest
      createdBy: string
    }): Promise<StoredRelease> {
      return db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`release:${input.serviceId}`}))`)
        const numbers = await tx
          .select({ last: max(releases.number) })
          .from(releases)
          .where(eq(releases.serviceId, input.serviceId))
        const [row] = await tx
          .insert(releases)
          .values({ ...input, number: (numbers[0]?.last ?? 0) + 1, status: 'deploying' })
          .returning()
        if (!row) throw new Error('insert returned no row')
        return row
      })
    },
    async get(serviceId: string, number: number): Promise<StoredRelease | null> {
      const [row] = await db.select().from(releases).where(isRelease(serviceId, number))
      return row ?? null
    },
    async list(
      serviceId: string,
      page: { limit: number; offset: number },
    ): Promise<{ items: Release[]; total: number }> {
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(releases)
          .where(eq(releases.serviceId, serviceId))
          .orderBy(desc(releases.number))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(releases).where(eq(releases.serviceId, serviceId)),
      ])
      return { items: rows.map(toRelease), total: totals?.total ?? 0 }
    },
    /** Why the newest release of each of these services failed, where it did. */
    async lastFailures(serviceIds: readonly string[]): Promise<Map<string, string>> {
      const rows = await db
        .selectDistinctOn([releases.serviceId], { serviceId: releases.serviceId, failure: releases.failure })
        .from(releases)
        .where(inArray(releases.serviceId, [...serviceIds]))
        .orderBy(releases.serviceId, desc(releases.number))
      return new Map(
        rows.flatMap(({ serviceId, failure }) => (failure === null ? [] : [[serviceId, failure] as const])),
      )
    },
    /** The releases that serve, of all services or of some, by service. */
    async active(serviceIds?: readonly string[]): Promise<Map<string, StoredRelease>> {
      const rows = await db
        .select()
        .from(releases)
        .where(
          and(
            eq(releases.status, 'active'),
            serviceIds ? inArray(releases.serviceId, [...serviceIds]) : undefined,
          ),
        )
      return new Map(rows.map((row) => [row.serviceId, row]))
    },
    /** The services that have a release with this asset among its demo inputs or as its cover. */
    async servicesShowing(assetId: string): Promise<string[]> {
      const input = JSON.stringify([{ input_data: [{ asset_id: assetId }] }])
      const rows = await db
        .selectDistinct({ serviceId: releases.serviceId })
        .from(releases)
        .where(or(eq(releases.coverAssetId, assetId), sql`${releases.examples} @> ${input}::jsonb`))
        .orderBy(releases.serviceId)
      return rows.map(({ serviceId }) => serviceId)
    },
    async update(
      serviceId: string,
      number: number,
      change: Partial<{
        status: Release['status']
        environmentHash: string | null
        examples: StageExample[]
        coverAssetId: string | null
        failure: string | null
      }>,
    ): Promise<void> {
      await db.update(releases).set(change).where(isRelease(serviceId, number))
    },
    /**
     * The release becomes the one that serves, the one before it retired: all at once, so that a crash in between cannot
     * leave a service whose release is not the active one.
     */
    async activate(serviceId: string, number: number): Promise<void> {
      await db.transaction(async (tx) => {
        await tx
          .update(releases)
          .set({ status: 'retired' })
          .where(and(eq(releases.serviceId, serviceId), eq(releases.status, 'active')))
        await tx.update(releases).set({ status: 'active', failure: null }).where(isRelease(serviceId, number))
        await tx
          .update(algorithmServices)
          .set({ currentRelease: number, desired: 'running', updatedAt: new Date() })
          .where(eq(algorithmServices.id, serviceId))
      })
    },
    instances: (serviceId?: string): Promise<StoredInstance[]> =>
      db
        .select()
        .from(instances)
        .where(serviceId === undefined ? undefined : eq(instances.serviceId, serviceId))
        .orderBy(instances.id),
    async insertInstance(row: {
      id: string
      serviceId: string
      release: number
      replica: number
      port: number
    }): Promise<void> {
      await db
        .insert(instances)
        .values(row)
        .onConflictDoUpdate({ target: instances.id, set: { port: row.port } })
    },
    async deleteInstances(serviceId: string, release: number): Promise<void> {
      await db
        .delete(instances)
        .where(and(eq(instances.serviceId, serviceId), eq(instances.release, release)))
    },
    /** Hashes of environments that a release may still need. */
    async environmentsInUse(): Promise<Set<string>> {
      const rows = await db.selectDistinct({ hash: releases.environmentHash }).from(releases)
      return new Set(rows.flatMap(({ hash }) => (hash === null ? [] : [hash])))
    },
  }
}
