import type { CodeHostKind } from '@vitrine/contract'
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { programJson } from '../../adapters/database/storable-columns.ts'
import type { Words } from '../../lib/words.ts'
import { algorithms } from './algorithms.tables.ts'

/**
 * A pushed commit that did not become a version, and why. `pushedAt` is a time of ISO 8601. `failedHere`: the platform failed, not the
 * code, so it is tried again.
 */
export type RefusedPush = {
  commit: string
  message: string
  pushedBy: string
  pushedAt: string
  reason: Words
  failedHere?: boolean
}

/** Where an algorithm's code is kept. `url` is where git finds it; a path for the platform's own repositories. */
export const algorithmRepositories = pgTable('algorithm_repositories', {
  algorithmId: text()
    .primaryKey()
    .references(() => algorithms.id, { onDelete: 'cascade' }),
  provider: text().notNull().$type<CodeHostKind>(),
  url: text().notNull(),
  branch: text().notNull(),
  /** The folder of the repository that the code is in; empty for all of it. */
  folder: text().notNull().default(''),
  /**
   * Gitea's number of the repository, which stays the same when it is renamed, while another one may get its name. Null for code that is not
   * in Gitea, and until Gitea was asked.
   */
  repositoryNumber: bigint({ mode: 'number' }),
  lastCommit: text(),
  lastSyncAt: timestamp({ withTimezone: true }),
  /** The newest push, if it did not become a version. */
  refusedPush: programJson().$type<RefusedPush>(),
})
