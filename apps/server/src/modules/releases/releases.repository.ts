import { and, count, desc, eq, inArray, max, sql } from 'drizzle-orm'
import type { Manifest, Release, StageExample } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { Audience } from '../../lib/disclosure.ts'
import type { Words } from '../../lib/words.ts'
import type { StoredImage } from '../images/stored-image.ts'
import { environmentLocksIn } from './environment-locks.repository.ts'
import { showcaseQueries } from './showcase-releases.repository.ts'
import { failureFor } from './release-failure.ts'
import type { AppFacts } from './app-facts.ts'
import { inUseQueries } from './releases.in-use.repository.ts'
import { isRelease, releases, type AskedOfService, type ReleaseConfig } from './releases.tables.ts'
import { shownExamples, type StoredMapping } from './stored-mapping.ts'

/** A release with what deploying it and showing it need. */
export type StoredRelease = typeof releases.$inferSelect
/** What running a release needs. */
export type BriefRelease = Pick<StoredRelease, 'number' | 'commit' | 'healthPath' | 'image'> & {
  manifest: Pick<Manifest, 'health' | 'resources'>
}

/** What lists show of a release: the manifest, the API and the examples can be large. */
type ListedRelease = Pick<
  StoredRelease,
  'number' | 'commit' | 'status' | 'failure' | 'createdAt' | 'createdBy'
> & { version: string }

const toRelease = (row: ListedRelease, audience: Audience): Release => ({
  number: row.number,
  commit: row.commit,
  version: row.version,
  status: row.status,
  failure: row.failure && failureFor(row.failure, audience)[audience.language],
  created_at: row.createdAt.toISOString(),
  created_by: row.createdBy,
})

/** A row with the mapped operation, if there is one, in its manifest, and with the demo inputs that belong to it. */
function withApi(row: StoredRelease): StoredRelease {
  if (row.api === null) return row
  const { examples: _own, ...schemas } = row.api
  return { ...row, manifest: { ...row.manifest, ...schemas }, examples: shownExamples(row) }
}

/** Queries for releases. */
function releaseQueries({ db }: { db: Database }) {
  async function get(serviceId: string, number: number): Promise<StoredRelease | null> {
    const [row] = await db.select().from(releases).where(isRelease(serviceId, number))
    return row ? withApi(row) : null
  }
  return {
    get,
    /** The release that serves, or would serve if its service were started. Null before the first one. */
    async serving(service: { id: string; currentRelease: number | null }): Promise<StoredRelease | null> {
      return service.currentRelease === null ? null : get(service.id, service.currentRelease)
    },
    async list(
      serviceId: string,
      page: { limit: number; offset: number; audience: Audience },
    ): Promise<{ items: Release[]; total: number }> {
      const { number, commit, status, failure, createdAt, createdBy } = releases
      const version = sql<string>`${releases.manifest} ->> 'version'`
      const [rows, [totals]] = await Promise.all([
        db
          .select({ number, commit, version, status, failure, createdAt, createdBy })
          .from(releases)
          .where(eq(releases.serviceId, serviceId))
          .orderBy(desc(releases.number))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(releases).where(eq(releases.serviceId, serviceId)),
      ])
      return { items: rows.map((row) => toRelease(row, page.audience)), total: totals?.total ?? 0 }
    },
    /**
     * Why the newest release of each of these services failed. Services whose newest release did not fail are
     * left out.
     */
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
    /** The current releases of some services, by service. */
    async active(serviceIds: readonly string[]): Promise<Map<string, StoredRelease>> {
      const rows = await db
        .select()
        .from(releases)
        .where(and(eq(releases.status, 'active'), inArray(releases.serviceId, [...serviceIds])))
      return new Map(rows.map((row) => [row.serviceId, withApi(row)]))
    },
    /**
     * The frequently needed fields of the current releases, by service. Of all services or of some; without
     * examples and most of the manifest.
     */
    async activeInBrief(serviceIds?: readonly string[]): Promise<Map<string, BriefRelease>> {
      const { serviceId, number, commit, healthPath, image, manifest: whole } = releases
      const manifest = sql<
        BriefRelease['manifest']
      >`jsonb_build_object('health', ${whole}->'health', 'resources', ${whole}->'resources')`
      const rows = await db
        .select({ serviceId, number, commit, healthPath, image, manifest })
        .from(releases)
        .where(
          and(
            eq(releases.status, 'active'),
            serviceIds ? inArray(releases.serviceId, [...serviceIds]) : undefined,
          ),
        )
      return new Map(rows.map((row) => [row.serviceId, row]))
    },
    /** Whether a release of this service is being deployed or waits for it. */
    async isOnItsWay(serviceId: string): Promise<boolean> {
      const own = and(eq(releases.serviceId, serviceId), eq(releases.status, 'deploying'))
      const [row] = await db.select({ id: releases.id }).from(releases).where(own).limit(1)
      return row !== undefined
    },
    /** The front port that a deploy of this service asked for last, or null. */
    async lastAskedPort(serviceId: string): Promise<number | null> {
      const [row] = await db
        .select({ asked: releases.serviceChange })
        .from(releases)
        .where(
          and(
            eq(releases.serviceId, serviceId),
            sql`${releases.serviceChange} ?| array['frontPort', 'firstPort']`,
          ),
        )
        .orderBy(desc(releases.number))
        .limit(1)
      return row?.asked.frontPort ?? row?.asked.firstPort ?? null
    },
    /** The releases that are being deployed. */
    deploying: (): Promise<{ service_id: string; release: number }[]> =>
      db
        .select({ service_id: releases.serviceId, release: releases.number })
        .from(releases)
        .where(eq(releases.status, 'deploying')),
  }
}

/** Changes to releases. */
const releaseChanges = ({ db }: { db: Database }) => ({
  /** The next number is taken under a lock of the service, so two simultaneous deploys get different numbers. */
  async insertNext(input: {
    serviceId: string
    commit: string
    manifest: Manifest
    config: ReleaseConfig
    serviceChange: AskedOfService
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
  /** Marks the current release as no longer serving. */
  async retireActive(serviceId: string): Promise<void> {
    const isActive = and(eq(releases.serviceId, serviceId), eq(releases.status, 'active'))
    await db.update(releases).set({ status: 'retired' }).where(isActive)
  },
  async update(
    serviceId: string,
    number: number,
    change: Partial<{
      status: Release['status']
      environmentHash: string | null
      environmentSha256: string | null
      examples: StageExample[]
      coverAssetId: string | null
      image: StoredImage | null
      failure: Words | null
      healthPath: string
      manifest: Manifest
      appFacts: AppFacts
      api: StoredMapping | null
    }>,
  ): Promise<void> {
    await db.update(releases).set(change).where(isRelease(serviceId, number))
  },
  /** Stores the mapped operation of a release, with its demo inputs. Resolves with false if the release does not serve any more. */
  async mapServing(serviceId: string, number: number, api: StoredMapping | null): Promise<boolean> {
    const serves = and(isRelease(serviceId, number), eq(releases.status, 'active'))
    const rows = await db.update(releases).set({ api }).where(serves).returning({ id: releases.id })
    return rows.length > 0
  },
})

/** Rows of `releases`. */
export type ReleasesRepository = ReturnType<typeof createReleasesRepository>

export const createReleasesRepository = ({ db }: { db: Database }) => ({
  /** A release in the form of the API. */
  show: (row: StoredRelease, audience: Audience): Release =>
    toRelease({ ...row, version: row.manifest.version }, audience),
  ...releaseQueries({ db }),
  ...inUseQueries({ db }),
  ...showcaseQueries({ db }),
  ...environmentLocksIn({ db }),
  ...releaseChanges({ db }),
})
