import { and, count, desc, eq, inArray, max, or, sql } from 'drizzle-orm'
import { nameTranslations, type Manifest, type Release, type StageExample } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { Language } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { instanceId } from '../instances/instance-spec.ts'
import { freeLogPart } from '../instances/log-names.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { instances, releases, type ReleaseConfig } from './releases.tables.ts'

/** A release with what deploying and showing it need. */
export type StoredRelease = typeof releases.$inferSelect
/** What running a release needs to know of it. */
export type BriefRelease = Pick<StoredRelease, 'number' | 'commit'> & {
  manifest: Pick<Manifest, 'health' | 'resources'>
}
/** A process that should exist. */
export type StoredInstance = typeof instances.$inferSelect

/** Rows of `releases` and `instances`. */
export type ReleasesRepository = ReturnType<typeof createReleasesRepository>

const toRelease = (row: StoredRelease, language: Language): Release => ({
  number: row.number,
  commit: row.commit,
  version: row.manifest.version,
  status: row.status,
  failure: row.failure?.[language] ?? null,
  created_at: row.createdAt.toISOString(),
  created_by: row.createdBy,
})

const isRelease = (serviceId: string, number: number) =>
  and(eq(releases.serviceId, serviceId), eq(releases.number, number))

const isInstanceOf = (serviceId: string, release: number) =>
  and(eq(instances.serviceId, serviceId), eq(instances.release, release))

export function createReleasesRepository({ db }: { db: Database }) {
  return {
    /** A release as the API shows it. */
    show: toRelease,
    /** The next number is taken under a lock of the service's own, so two deploys at once get two numbers. */
    async insertNext(input: {
      serviceId: string
      commit: string
      manifest: Manifest
      config: ReleaseConfig
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
    /** The release that serves, or would if its service were started; null before the first. */
    async serving(service: { id: string; currentRelease: number | null }): Promise<StoredRelease | null> {
      return service.currentRelease === null ? null : this.get(service.id, service.currentRelease)
    },
    async list(
      serviceId: string,
      page: { limit: number; offset: number; language: Language },
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
      return { items: rows.map((row) => toRelease(row, page.language)), total: totals?.total ?? 0 }
    },
    /** Why the newest release of each of these services failed, where it did. */
    async lastFailures(serviceIds: readonly string[]): Promise<Map<string, Words>> {
      const rows = await db
        .selectDistinctOn([releases.serviceId], { serviceId: releases.serviceId, failure: releases.failure })
        .from(releases)
        .where(inArray(releases.serviceId, [...serviceIds]))
        .orderBy(releases.serviceId, desc(releases.number))
      return new Map(
        rows.flatMap(({ serviceId, failure }) => (failure === null ? [] : [[serviceId, failure] as const])),
      )
    },
    /** The releases that serve, of some services, by service. */
    async active(serviceIds: readonly string[]): Promise<Map<string, StoredRelease>> {
      const rows = await db
        .select()
        .from(releases)
        .where(and(eq(releases.status, 'active'), inArray(releases.serviceId, [...serviceIds])))
      return new Map(rows.map((row) => [row.serviceId, row]))
    },
    /** Of the releases that serve what is asked for all the time, of all services or of some, by service: no examples, little of the manifest. */
    async activeInBrief(serviceIds?: readonly string[]): Promise<Map<string, BriefRelease>> {
      const { serviceId, number, commit, manifest: whole } = releases
      const manifest = sql<
        BriefRelease['manifest']
      >`jsonb_build_object('health', ${whole}->'health', 'resources', ${whole}->'resources')`
      const rows = await db
        .select({ serviceId, number, commit, manifest })
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
        failure: Words | null
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
        const [active] = await tx
          .update(releases)
          .set({ status: 'active', failure: null })
          .where(isRelease(serviceId, number))
          .returning({ manifest: releases.manifest })
        if (!active) throw new Error(`no release ${number} of ${serviceId}`)
        await tx.update(instances).set({ onTrial: false }).where(isInstanceOf(serviceId, number))
        await tx
          .update(algorithmServices)
          .set({
            ...{ currentRelease: number, desired: 'running', asleep: false, updatedAt: new Date() },
            translations: nameTranslations(active.manifest),
          })
          .where(eq(algorithmServices.id, serviceId))
      })
    },
    instances: (serviceId?: string): Promise<StoredInstance[]> =>
      db
        .select()
        .from(instances)
        .where(serviceId === undefined ? undefined : eq(instances.serviceId, serviceId))
        .orderBy(instances.serviceId, instances.replica, instances.createdAt, instances.id),
    /** Makes instances of a release, each with the next of its numbers and without a port yet. */
    async insertInstances(
      release: { serviceId: string; number: number },
      wanted: readonly Pick<StoredInstance, 'replica' | 'mode' | 'limits' | 'onTrial'>[],
    ): Promise<StoredInstance[]> {
      const { serviceId, number } = release
      return db.transaction(async (tx) => {
        const [made] = await tx
          .update(releases)
          .set({ instancesMade: sql`${releases.instancesMade} + ${wanted.length}` })
          .where(isRelease(serviceId, number))
          .returning({ last: releases.instancesMade })
        if (!made) throw new Error(`no release ${number} of ${serviceId}`)
        const first = made.last - wanted.length + 1
        const beside = await tx
          .select({ replica: instances.replica, logPart: instances.logPart })
          .from(instances)
          .where(eq(instances.serviceId, serviceId))
        const partFor = (replica: number) =>
          freeLogPart(beside.flatMap((other) => (other.replica === replica ? other.logPart : [])))
        const named = wanted.map((instance, index) => ({
          ...{ ...instance, serviceId, release: number, port: 0, logPart: partFor(instance.replica) },
          id: instanceId(serviceId, number, first + index),
        }))
        return tx.insert(instances).values(named).returning()
      })
    },
    async setInstancePort(id: string, port: number): Promise<void> {
      await db.update(instances).set({ port }).where(eq(instances.id, id))
    },
    /** The instances of a release have proven themselves: they are what serves. */
    async settleInstances(serviceId: string, release: number): Promise<void> {
      await db.update(instances).set({ onTrial: false }).where(isInstanceOf(serviceId, release))
    },
    /** Counts one more time that an instance was started again because of its health. */
    async countHealthRestart(id: string): Promise<void> {
      await db
        .update(instances)
        .set({ healthRestarts: sql`${instances.healthRestarts} + 1` })
        .where(eq(instances.id, id))
    },
    async deleteInstance(id: string): Promise<void> {
      await db.delete(instances).where(eq(instances.id, id))
    },
    /** Instances whose mode the machine does not have are run by another from now on, and so are their services. */
    async moveModes(from: readonly StoredInstance['mode'][], to: StoredInstance['mode']): Promise<string[]> {
      return db.transaction(async (tx) => {
        await tx
          .update(instances)
          .set({ mode: to })
          .where(inArray(instances.mode, [...from]))
        const moved = await tx
          .update(algorithmServices)
          .set({ mode: to, updatedAt: new Date() })
          .where(inArray(algorithmServices.mode, [...from]))
          .returning({ id: algorithmServices.id })
        return moved.map(({ id }) => id)
      })
    },
    /** Hashes of environments that a release may still need. */
    async environmentsInUse(): Promise<Set<string>> {
      const rows = await db.selectDistinct({ hash: releases.environmentHash }).from(releases)
      return new Set(rows.flatMap(({ hash }) => (hash === null ? [] : [hash])))
    },
  }
}
