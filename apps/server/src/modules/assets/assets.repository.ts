import { containing } from '../../adapters/database/like-pattern.ts'
import {
  and,
  count,
  desc,
  eq,
  ilike,
  inArray,
  isNull,
  lt,
  ne,
  notInArray,
  or,
  sql,
  type SQL,
  type SQLWrapper,
} from 'drizzle-orm'
import { assetVariant, type Asset, type MediaKind } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { Language } from '../../lib/errors.ts'
import { assets, contentsToCheck, mediaBytes } from './assets.tables.ts'

/** A media file with the fields that only the platform needs. */
export type StoredAsset = typeof assets.$inferSelect

/** The fields of a stored media file that may change. */
export type AssetChange = Partial<
  Pick<
    StoredAsset,
    | 'name'
    | 'tags'
    | 'kind'
    | 'mime'
    | 'width'
    | 'height'
    | 'durationS'
    | 'frameRate'
    | 'status'
    | 'reason'
    | 'taskId'
  >
>

/**
 * The filter of a list. `ownerId` null means every owner, and `kinds` null means every kind. With `limit`, only
 * what a limited key uploaded and these demo data.
 */
export type AssetFilter = {
  ownerId: string | null
  limit: { keyId: string | null; demo: readonly string[] } | null
  q: string
  kinds: readonly MediaKind[] | null
  tag: string | undefined
}

/** Rows of `assets`. */
export type AssetsRepository = ReturnType<typeof createAssetsRepository>

export const toAsset = (row: StoredAsset, language: Language): Asset => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  mime: row.mime,
  size: row.size,
  status: row.status,
  reason: row.reason?.[language] ?? null,
  width: row.width,
  height: row.height,
  duration_s: row.durationS,
  frame_rate: row.frameRate,
  variants: assetVariant.options.filter((variant) => row.variants[variant] !== undefined),
  tags: row.tags,
  origin: row.origin,
  task_id: row.taskId,
  created_at: row.createdAt.toISOString(),
})

function isVisible({ ownerId, limit }: AssetFilter): SQL | undefined {
  if (limit)
    return or(
      limit.keyId === null ? undefined : eq(assets.keyId, limit.keyId),
      inArray(assets.id, [...limit.demo]),
    )
  return ownerId === null ? undefined : or(eq(assets.ownerId, ownerId), eq(assets.origin, 'example'))
}

const where = (filter: AssetFilter, ofVisitors: SQLWrapper | undefined): SQL | undefined =>
  and(
    ne(assets.origin, 'cover'),
    ofVisitors && notInArray(assets.id, ofVisitors),
    isVisible(filter),
    filter.q === '' ? undefined : ilike(assets.name, containing(filter.q)),
    filter.kinds === null ? undefined : inArray(assets.kind, [...filter.kinds]),
    filter.tag === undefined ? undefined : sql`${assets.tags} @> ${JSON.stringify([filter.tag])}::jsonb`,
  )

/** @param input.ofVisitors the ids of files that visitors of links uploaded. They are in no list, because they are not demo data. */
export function createAssetsRepository({ db, ofVisitors }: { db: Database; ofVisitors?: SQLWrapper }) {
  return {
    async insert(row: typeof assets.$inferInsert): Promise<StoredAsset> {
      const [inserted] = await db.insert(assets).values(row).returning()
      if (!inserted) throw new Error('insert returned no row')
      return inserted
    },
    /** The digests of the bytes of these media files, in the order of their ids. */
    async digestsOf(ids: readonly string[]): Promise<{ assetId: string; sha256: string }[]> {
      if (ids.length === 0) return []
      return db
        .select({ assetId: assets.id, sha256: assets.sha256 })
        .from(assets)
        .where(inArray(assets.id, [...ids]))
        .orderBy(assets.id)
    },
    /** The names of files by their ids, without those that no longer exist. */
    async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map()
      const rows = await db
        .select({ id: assets.id, name: assets.name })
        .from(assets)
        .where(inArray(assets.id, [...ids]))
      return new Map(rows.map(({ id, name }) => [id, name]))
    },
    /** The files of a list whose forms for pages are still being made. */
    async unfinished(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set()
      const rows = await db
        .select({ id: assets.id })
        .from(assets)
        .where(and(inArray(assets.id, [...ids]), eq(assets.status, 'processing')))
      return new Set(rows.map(({ id }) => id))
    },
    async get(id: string): Promise<StoredAsset | null> {
      const [row] = await db.select().from(assets).where(eq(assets.id, id))
      return row ?? null
    },
    /** Resolves with null if the row no longer exists. */
    async update(id: string, change: AssetChange): Promise<StoredAsset | null> {
      const [row] = await db.update(assets).set(change).where(eq(assets.id, id)).returning()
      return row ?? null
    },
    /** Adds forms to the existing ones. */
    async addVariants(id: string, variants: StoredAsset['variants']): Promise<void> {
      const added = sql`${assets.variants} || ${JSON.stringify(variants)}::jsonb`
      await db.update(assets).set({ variants: added }).where(eq(assets.id, id))
    },
    /** Records the task of an asset that is still being processed. */
    async attachTask(id: string, taskId: string): Promise<void> {
      await db
        .update(assets)
        .set({ taskId })
        .where(and(eq(assets.id, id), eq(assets.status, 'processing')))
    },
    /**
     * Assets whose forms no task is making: the control plane ended before the task began, or it lacked what
     * `code` names.
     */
    async unattended(code: string): Promise<StoredAsset[]> {
      const left = and(eq(assets.status, 'processing'), isNull(assets.taskId))
      return db
        .select()
        .from(assets)
        .where(or(left, sql`${assets.reason} ->> 'code' = ${code}`))
    },
    /** An asset with the same content whose forms are all made. */
    async finishedTwin(sha256: string): Promise<StoredAsset | null> {
      const [row] = await db
        .select()
        .from(assets)
        .where(and(eq(assets.sha256, sha256), eq(assets.status, 'ready'), isNull(assets.reason)))
        .limit(1)
      return row ?? null
    },
    /** The asset that an earlier import made from a package file with this content, name and use. */
    async ofPackage(file: Pick<StoredAsset, 'sha256' | 'name' | 'origin'>): Promise<StoredAsset | null> {
      const [row] = await db
        .select()
        .from(assets)
        .where(
          and(eq(assets.sha256, file.sha256), eq(assets.name, file.name), eq(assets.origin, file.origin)),
        )
        .limit(1)
      return row ?? null
    },
    /** A file that a package brings again counts as new. */
    async broughtAgain(id: string): Promise<StoredAsset | null> {
      const [row] = await db
        .update(assets)
        .set({ createdAt: sql`now()` })
        .where(eq(assets.id, id))
        .returning()
      return row ?? null
    },
    /** The files of packages from before a time, newest first. */
    async ofPackages(before: Date): Promise<StoredAsset[]> {
      return db
        .select()
        .from(assets)
        .where(and(inArray(assets.origin, ['example', 'cover']), lt(assets.createdAt, before)))
        .orderBy(desc(assets.createdAt), assets.id)
    },
    /** What all media that a person has uploaded count, in bytes, with what was made of them. */
    async uploadedBytes(ownerId: string): Promise<number> {
      const [row] = await db
        .select({ bytes: mediaBytes })
        .from(assets)
        .where(and(eq(assets.ownerId, ownerId), eq(assets.origin, 'upload')))
      return Number(row?.bytes ?? 0)
    },
    /**
     * A page of what a person may see, newest first: their own assets and the examples. Covers of packages
     * and files of visitors are not demo data and are left out.
     */
    async list(
      filter: AssetFilter,
      page: { limit: number; offset: number },
    ): Promise<{ items: StoredAsset[]; total: number }> {
      const [items, [totals]] = await Promise.all([
        db
          .select()
          .from(assets)
          .where(where(filter, ofVisitors))
          .orderBy(desc(assets.createdAt), assets.id)
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(assets).where(where(filter, ofVisitors)),
      ])
      return { items, total: totals?.total ?? 0 }
    },
    /** Deletes the row. Its content is to be checked from then on. */
    async delete({ id, sha256 }: Pick<StoredAsset, 'id' | 'sha256'>): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.insert(contentsToCheck).values({ sha256 }).onConflictDoNothing()
        await tx.delete(assets).where(eq(assets.id, id))
      })
    },
    /** Remembers a content whose bytes are about to be stored, and which no asset may get. */
    async checkLater(sha256: string): Promise<void> {
      await db.insert(contentsToCheck).values({ sha256 }).onConflictDoNothing()
    },
    /** The contents that are to be checked. */
    async contentsToCheck(): Promise<string[]> {
      return (await db.select().from(contentsToCheck)).map(({ sha256 }) => sha256)
    },
    /** Whether an asset has this content. */
    async hasContent(sha256: string): Promise<boolean> {
      const [row] = await db.select({ id: assets.id }).from(assets).where(eq(assets.sha256, sha256)).limit(1)
      return row !== undefined
    },
    /** Forgets a content that was checked. */
    async contentChecked(sha256: string): Promise<void> {
      await db.delete(contentsToCheck).where(eq(contentsToCheck.sha256, sha256))
    },
  }
}
