import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Share } from '@vitrine/contract'

/**
 * A link for customers. Only the SHA-256 of its token is stored. A token has 256 random bits, so it needs no
 * slow hash, and nobody can recover it.
 */
export const shares = pgTable(
  'shares',
  {
    id: uuid().primaryKey().defaultRandom(),
    tokenHash: text().notNull(),
    kind: text().notNull().$type<Share['kind']>(),
    targetId: text().notNull(),
    title: text().notNull(),
    text: text().notNull(),
    mayRun: boolean().notNull(),
    maxRuns: integer(),
    runsUsed: integer().notNull().default(0),
    views: integer().notNull().default(0),
    lastViewedAt: timestamp({ withTimezone: true }),
    /** The sites that may show the link in a frame. */
    embedOrigins: text()
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** argon2id. Null if the link needs no password. */
    passwordHash: text(),
    expiresAt: timestamp({ withTimezone: true }),
    revokedAt: timestamp({ withTimezone: true }),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('shares_token_key').on(table.tokenHash),
    index('shares_creator_idx').on(table.createdById, table.createdAt),
    index('shares_created_idx').on(table.createdAt),
    index('shares_target_idx').on(table.targetId),
  ],
)

/**
 * A browser that opened a link with its password, or ran or uploaded something. It is recognised by a cookie, or
 * in a frame by what its page adds to the token; both are stored as SHA-256.
 */
export const shareVisitors = pgTable(
  'share_visitors',
  {
    id: uuid().primaryKey().defaultRandom(),
    shareId: uuid()
      .notNull()
      .references(() => shares.id, { onDelete: 'cascade' }),
    secretHash: text().notNull(),
    /** The `passwordHash` of the link when they came. Another password of the link shuts them out. */
    passwordHash: text(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('share_visitors_secret_key').on(table.secretHash),
    index('share_visitors_share_idx').on(table.shareId),
    index('share_visitors_created_idx').on(table.createdAt),
  ],
)

/** A media file that a visitor uploaded. It is deleted with the visitor. */
export const shareAssets = pgTable(
  'share_assets',
  {
    assetId: uuid().primaryKey(),
    visitorId: uuid()
      .notNull()
      .references(() => shareVisitors.id, { onDelete: 'cascade' }),
  },
  (table) => [index('share_assets_visitor_idx').on(table.visitorId)],
)
