import { integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import type { Presentation } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'

const serviceId = () =>
  text()
    .notNull()
    .references(() => algorithmServices.id, { onDelete: 'cascade' })

/** How a service is shown: what everybody sees, and the draft of those who may operate it. */
export const presentations = pgTable('presentations', {
  serviceId: serviceId().primaryKey(),
  published: jsonb().$type<Presentation>(),
  draft: jsonb().$type<Presentation>(),
  /** The number of the published revision. */
  revision: integer().notNull().default(0),
  /** Increases with every change, so that a change states the one that it is based on. */
  draftRevision: integer().notNull().default(0),
  editedBy: text(),
  editedAt: timestamp({ withTimezone: true }),
})

/** What was published, to go back to it. */
export const presentationRevisions = pgTable(
  'presentation_revisions',
  {
    serviceId: serviceId(),
    number: integer().notNull(),
    presentation: jsonb().notNull().$type<Presentation>(),
    publishedBy: text().notNull(),
    publishedAt: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.serviceId, table.number] })],
)
