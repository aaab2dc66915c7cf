import { bigint, index, integer, jsonb, pgTable, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { heardJson } from '../../adapters/database/storable-columns.ts'
import type { Asset, AssetVariant, MediaKind } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** Why something could not be made, kept in every language, with the error's code. */
export type AssetReason = { code: string } & Record<Language, string>

/** Where a form's bytes are, and what to serve them as. */
export type StoredVariant = { key: string; mime: string }

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
    reason: heardJson().$type<AssetReason>(),
    /** Each form that can be had; assets of one content share their objects. */
    variants: jsonb().notNull().default({}).$type<Partial<Record<AssetVariant, StoredVariant>>>(),
    taskId: uuid(),
    /** `upload` by a person; of a package an `example` or its `cover`, which is no demo data. */
    origin: text().notNull().$type<Asset['origin']>(),
    tags: jsonb().notNull().default([]).$type<string[]>(),
    ownerId: uuid().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('assets_created_idx').on(table.createdAt),
    index('assets_owner_idx').on(table.ownerId, table.createdAt),
    index('assets_sha256_idx').on(table.sha256),
    index('assets_kind_idx').on(table.kind, table.createdAt),
  ],
)
