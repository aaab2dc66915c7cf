import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Manifest, Translations } from '@vitrine/contract'

/** A title and a description, in the language of the package. */
export type PackageWords = { name: string; description: string }

export const algorithms = pgTable(
  'algorithms',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    task: text().notNull(),
    description: text().notNull(),
    cover: text(),
    /** The words of the package that the row describes. They differ from the row's own after a change by hand. */
    packageWords: jsonb().notNull().default({}).$type<Partial<PackageWords>>(),
    /** The translations of the package's name and description. */
    translations: jsonb().notNull().default({}).$type<Translations>(),
    ownerId: uuid().notNull(),
    ownerName: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('algorithms_updated_idx').on(table.updatedAt),
    index('algorithms_owner_idx').on(table.ownerId),
  ],
)

export const algorithmVersions = pgTable(
  'algorithm_versions',
  {
    id: uuid().primaryKey().defaultRandom(),
    algorithmId: text()
      .notNull()
      .references(() => algorithms.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    commit: text().notNull(),
    message: text().notNull(),
    manifest: jsonb().notNull().$type<Manifest>(),
    /** The words that a person stated, in the package or with the upload. The manifest has inferred ones too. */
    stated: jsonb().notNull().default({}).$type<Partial<PackageWords>>(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('algorithm_versions_number_key').on(table.algorithmId, table.number),
    index('algorithm_versions_commit_idx').on(table.algorithmId, table.commit),
  ],
)
