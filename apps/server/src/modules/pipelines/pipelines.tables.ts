import { boolean, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { CommitStatus } from '../../adapters/gitea/gitea.client.ts'
import type { HookState, PipelineState, PipelineTrigger } from '@vitrine/contract'
import { programJson, programText } from '../../adapters/database/storable-columns.ts'
import type { Words } from '../../lib/words.ts'

/** Why something is as it is: the code of an error, and its sentence in every language. */
export type StoredReason = { code: string; message: Words }

/** How a commit is marked in Gitea. */
export type CommitMark = CommitStatus['state']

/**
 * The rule by which pushes to the code of a service are deployed. It does not refer to the row of the service: when that is gone, the
 * webhook is still to be removed.
 */
export const pushRules = pgTable('push_deploys', {
  serviceId: text().primaryKey(),
  enabled: boolean().notNull(),
  /** Null: the branch that the algorithm follows. */
  branch: text(),
  /** The service whose commits are deployed, in place of pushes. */
  promoteFrom: text(),
  testCommand: jsonb().$type<string[]>(),
  testTimeoutS: integer().notNull(),
  approval: boolean().notNull(),
  /** How many other branches may have a preview at once. */
  previews: integer().notNull().default(0),
  /** The newest commits of the other branches, as they were when they were last looked at. Null: nobody has looked yet. */
  seenBranches: jsonb().$type<Record<string, string>>(),
  /** Why a branch has no preview. */
  previewProblem: programJson().$type<StoredReason>(),
  /** In whose name pushes are deployed, and the services that their key was limited to. */
  authorId: uuid().notNull(),
  authorName: text().notNull(),
  authorServices: jsonb().$type<string[]>(),
  /** The API key with which they saved the rule. Null for a person who was signed in. */
  authorKeyId: uuid(),
  /** Where the webhook is (`OWNER/NAME`), and its number there. Null without a webhook. */
  hookRepository: text(),
  hookId: integer(),
  /** The secret of the webhook, sealed. */
  hookSecret: text(),
  hookState: text().$type<HookState>(),
  hookProblem: programJson().$type<StoredReason>(),
  lastSeenCommit: text(),
  /** Why the last look at the branch failed. */
  problem: programJson().$type<StoredReason>(),
  updatedAt: timestamp({ withTimezone: true }).notNull(),
})

/**
 * What happens to each push. A pipeline outlives its service, so that somebody can read why a preview that is gone by now had failed: so
 * `service_id` refers to no row.
 */
export const pipelines = pgTable(
  'pipelines',
  {
    id: uuid().primaryKey().defaultRandom(),
    serviceId: text().notNull(),
    /** The service has been deleted. Another one may have its id by now. */
    serviceGone: boolean().notNull().default(false),
    algorithmId: text().notNull(),
    branch: text().notNull(),
    commit: text().notNull(),
    previousCommit: text(),
    message: programText().notNull(),
    author: programText().notNull(),
    /** The account that has pushed it. Null if that is not known, as of pushes to Gitea. */
    pushedBy: text(),
    trigger: text().notNull().$type<PipelineTrigger>(),
    promotedFrom: text(),
    state: text().notNull().$type<PipelineState>(),
    reason: programJson().$type<StoredReason>(),
    taskId: uuid(),
    version: integer(),
    release: integer(),
    /** The deploy that it has begun. */
    deployTaskId: uuid(),
    /** The test command that has passed. */
    testedCommand: jsonb().$type<string[]>(),
    approvedBy: text(),
    /** The last mark of the commit in Gitea. It becomes `pending` before that is sent, and stays so until the end has been sent. */
    told: text().$type<CommitMark>(),
    reportProblem: programJson().$type<StoredReason>(),
    createdAt: timestamp({ withTimezone: true }).notNull(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('pipelines_created_idx').on(table.createdAt),
    index('pipelines_service_idx').on(table.serviceId, table.createdAt),
    index('pipelines_state_idx').on(table.state),
  ],
)

/** The bodies of webhooks that were taken, by their signature, for a bounded time: none is taken twice. */
export const hookDeliveries = pgTable(
  'hook_deliveries',
  {
    signature: text().primaryKey(),
    receivedAt: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [index('hook_deliveries_received_idx').on(table.receivedAt)],
)
