import { sql, type SQL } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { countedBytes } from '../../adapters/database/counted-bytes.ts'
import { programJson } from '../../adapters/database/storable-columns.ts'
import type { Asset, AssetVariant, MediaKind } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** Why something could not be made: the error's code and a sentence in every language. */
export type AssetReason = { code: string } & Record<Language, string>

/**
 * Where the bytes of a form are, and the type with which they are served. `size`, in bytes, is that of a form that was made: what it
 * takes beside the original.
 */
export type StoredVariant = { key: string; mime: string; size?: number }

/** A media file; its bytes are in the object store under `sha256`. */
export const assets = pgTable(
  'assets',
  {
    id: uuid().primaryKey().defaultRandom(),
    sha256: text().notNull(),
    name: text().notNull(),
    kind: text().notNull().$type<MediaKind>(),
    mime: text().notNull(),
    size: bigint({ mode: 'number' }).notNull(),
    status: text().notNull().$type<Asset['status']>(),
    width: integer(),
    height: integer(),
    durationS: real(),
    frameRate: real(),
    reason: programJson().$type<AssetReason>(),
    /** The available forms. Assets with the same content share their objects. */
    variants: jsonb().notNull().default({}).$type<Partial<Record<AssetVariant, StoredVariant>>>(),
    taskId: uuid(),
    /**
     * `upload`: from a person. `example`: demo data of a package. `cover`: the cover of a package, which is
     * not demo data.
     */
    origin: text().notNull().$type<Asset['origin']>(),
    tags: jsonb().notNull().default([]).$type<string[]>(),
    ownerId: uuid().notNull(),
    /** The API key that uploaded it, if that key is limited to some services. */
    keyId: uuid(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('assets_created_idx').on(table.createdAt),
    index('assets_owner_idx').on(table.ownerId, table.createdAt),
    index('assets_sha256_idx').on(table.sha256),
    index('assets_kind_idx').on(table.kind, table.createdAt),
  ],
)

/**
 * Contents whose bytes may be in the object store though no asset has them: written before bytes are stored, and in the
 * transaction that deletes an asset. The hourly work looks at each of them once.
 */
export const contentsToCheck = pgTable('asset_contents_to_check', { sha256: text().primaryKey() })

const formBytes = countedBytes(sql`(form.value ->> 'size')::bigint`)
/** What the media files of a query count in the object store: the originals, and what was made of them. */
export const mediaBytes: SQL<string> = sql`coalesce(sum(${countedBytes(assets.size)} + coalesce((
  select sum(${formBytes}) from jsonb_each(${assets.variants}) as form where form.value ? 'size'), 0)), 0)`
