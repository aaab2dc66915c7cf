import { sql, type SQL } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Comparison, Json } from '@vitrine/contract'
import { namedAssets } from '../../adapters/database/asset-mentions.ts'

/** A cell: the target, and the run that executes it. The state is that of the run. */
export type StoredCell = { target: Comparison['cells'][number]['target']; run_id: string }

/** One input that several targets run. The cells are always read and written together, so they are one column. */
export const comparisons = pgTable(
  'comparisons',
  {
    id: uuid().primaryKey().defaultRandom(),
    title: text().notNull(),
    inputData: jsonb().notNull().$type<Json[]>(),
    inputBytes: integer().notNull(),
    cells: jsonb().notNull().$type<StoredCell[]>(),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('comparisons_created_idx').on(table.createdAt),
    index('comparisons_creator_idx').on(table.createdById, table.createdAt),
    index('comparisons_media_idx').using('gin', sql`${namedAssets(table.inputData)} jsonb_path_ops`),
  ],
)

/** A condition: all targets of a comparison are of these services. */
export const comparesOnly = (services: readonly string[]): SQL =>
  sql`jsonb_path_query_array(${comparisons.cells}, '$[*].target.service_id') <@ ${JSON.stringify(services)}::jsonb`
