import { bigint, index, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { ModelOrigin } from '@vitrine/contract'

/**
 * A row says that a person has a model file: they have sent its bytes, or the platform has fetched them for their package. Its bytes
 * are in the model store under `sha256`, once for everybody who has it.
 */
export const models = pgTable(
  'models',
  {
    id: uuid().primaryKey().defaultRandom(),
    sha256: text().notNull(),
    name: text().notNull(),
    size: bigint({ mode: 'number' }).notNull(),
    origin: text().notNull().$type<ModelOrigin>(),
    ownerId: uuid().notNull(),
    ownerName: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('models_owner_key').on(table.ownerId, table.sha256),
    index('models_sha256_idx').on(table.sha256),
    index('models_created_idx').on(table.createdAt),
  ],
)

/**
 * A row says that an algorithm may use a content as a model file of its owner. It stays when the file is deleted, because the
 * code of the algorithm has had this very content; a release still needs the owner to have the file. Git LFS sends files before
 * their algorithm is there, so it refers to none.
 */
export const modelGrants = pgTable(
  'model_grants',
  {
    algorithmId: text().notNull(),
    /** The owner of the algorithm: another person's algorithm of the same name gets nothing from this row. */
    ownerId: uuid().notNull(),
    sha256: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.algorithmId, table.ownerId, table.sha256] })],
)
