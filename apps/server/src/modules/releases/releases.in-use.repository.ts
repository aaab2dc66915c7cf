import { eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm'
import { rowId } from '@vitrine/contract'
import { mentionsAsset } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { groupBy } from '../../lib/group-by.ts'
import type { ImageInUse } from '../images/collect-images.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { releases } from './releases.tables.ts'

/** The media that a release names in its demo inputs, at any depth, as JSON. Some may be no valid ids. */
const demoMedia = sql`
  select jsonb_path_query(${releases.examples}, '$[*].input_data.**.asset_id')
  union all select jsonb_path_query(${releases.api}, '$.examples[*].input_data.**.asset_id')`

/** Queries for what releases use: media, model files, environments and images, which must stay as long as that. */
export const inUseQueries = ({ db }: { db: Database }) => ({
  /**
   * The services whose releases have an asset as demo data: as their cover, or at any depth of a demo input. In the
   * order of their ids.
   */
  async demoOf(assetId: string): Promise<string[]> {
    const rows = await db
      .selectDistinct({ serviceId: releases.serviceId })
      .from(releases)
      .where(
        or(
          eq(releases.coverAssetId, assetId),
          mentionsAsset(releases.examples, assetId, '$[*].input_data'),
          mentionsAsset(releases.api, assetId, '$.examples[*].input_data'),
        ),
      )
      .orderBy(releases.serviceId)
    return rows.map(({ serviceId }) => serviceId)
  },
  /** The assets that the releases of these services have as demo data. */
  async demoDataOf(serviceIds: readonly string[]): Promise<string[]> {
    const { rows } = await db.execute<{ id: string }>(sql`
      select distinct found #>> '{}' as id
      from ${releases}, lateral (${demoMedia}) as named(found)
      where ${inArray(releases.serviceId, [...serviceIds])} and jsonb_typeof(found) = 'string'`)
    return rows.flatMap(({ id }) => (rowId.safeParse(id).success ? [id] : []))
  },
  /** All assets that releases have as demo data or as cover. */
  async shownMedia(): Promise<Set<string>> {
    const { rows } = await db.execute<{ id: string }>(sql`
      select distinct found #>> '{}' as id
      from ${releases}, lateral (${demoMedia} union all select to_jsonb(${releases.coverAssetId})) as named(found)
      where jsonb_typeof(found) = 'string'`)
    return new Set(rows.map(({ id }) => id))
  },
  /**
   * The releases of some algorithms that did not fail and have one of these model files, by digest. Those of services of the
   * owner keep the file.
   */
  async usingModels(
    ownerId: string,
    algorithmIds: readonly string[],
    digests: readonly string[],
  ): Promise<Map<string, { service_id: string; releases: number[]; keeps: boolean }[]>> {
    if (algorithmIds.length === 0 || digests.length === 0) return new Map()
    const { rows } = await db.execute<{
      sha256: string
      service_id: string
      releases: number[]
      keeps: boolean
    }>(sql`
      select named ->> 'sha256' as sha256, ${releases.serviceId} as service_id,
        array_agg(distinct ${releases.number}) as releases,
        bool_and(${algorithmServices.ownerId} = ${ownerId}) as keeps
      from ${releases}
      join ${algorithmServices} on ${algorithmServices.id} = ${releases.serviceId}
      cross join jsonb_array_elements(coalesce(${releases.manifest} -> 'models', '[]')) as named
      where ${inArray(algorithmServices.algorithmId, [...algorithmIds])} and ${ne(releases.status, 'failed')}
        and ${inArray(sql`named ->> 'sha256'`, [...digests])}
      group by 1, 2 order by 2`)
    const found = groupBy(rows, ({ sha256 }) => sha256)
    return new Map(
      [...found].map(([sha256, uses]) => [
        sha256,
        uses.map(({ service_id, releases: numbers, keeps }) => ({ service_id, releases: numbers, keeps })),
      ]),
    )
  },
  /** Hashes of the environments that a release may still need. */
  async environmentsInUse(): Promise<Set<string>> {
    const rows = await db.selectDistinct({ hash: releases.environmentHash }).from(releases)
    return new Set(rows.flatMap(({ hash }) => (hash === null ? [] : [hash])))
  },
  /** The releases that keep an image, or for which one may be on its way. */
  async imagesInUse(): Promise<ImageInUse[]> {
    const { serviceId, number, image, status } = releases
    const rows = await db
      .select({ serviceId, release: number, image, status })
      .from(releases)
      .where(or(isNotNull(image), eq(status, 'deploying')))
    return rows.map((row) => ({
      serviceId: row.serviceId,
      release: row.release,
      imageId: row.image?.id ?? null,
      isDeploying: row.status === 'deploying',
    }))
  },
})
