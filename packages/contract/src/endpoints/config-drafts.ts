import { z } from 'zod'
import { json, rowId, timestamp } from '../common.ts'
import {
  canaryFirst,
  canaryGoldenExamples,
  configKey,
  configOwner,
  configReason,
  requestedChange,
} from '../configuration.ts'
import { most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** A change that waits in a draft, beside the value that holds now. */
const draftedChange = z.object({
  id: rowId.describe('another one each time the change is drafted anew'),
  key: z.string(),
  secret: z.boolean(),
  unset: z.boolean().describe('the value is to be removed'),
  kept: z.boolean().describe('the value stays, and what is said of it changes'),
  is_new: z.boolean().describe('there is no value now'),
  before: json.describe('what holds now; null for a secret, and where there is none'),
  after: json.describe('null for a secret, and for a value that is to be removed'),
  description: z.string(),
  base_revision: z.number().int().describe('the revision of the value that the author had read'),
  revision: z.number().int().describe('that of the value that holds now: another one is a conflict'),
  updated_at: timestamp,
})
/** A change that waits in a draft. */
export type DraftedChange = z.infer<typeof draftedChange>

/** Drafts of the configuration: changes that are collected, looked at, and published together. Everybody has one of their own for each service. */
export const configDraftEndpoints = defineEndpoints({
  'GET /config/draft': {
    summary: 'One’s own draft beside the values that hold now, and which keys are in drafts of others',
    access: 'self',
    about: 'loaded',
    query: z.object(configOwner),
    status: 200,
    response: z.object({
      changes: z.array(draftedChange),
      others: z.array(z.object({ author: z.string(), keys: z.array(z.string()), updated_at: timestamp })),
    }),
  },
  'POST /config/draft': {
    summary:
      'Add changes to one’s draft. A change of the same key in it is replaced, and nothing takes effect',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({
      ...configOwner,
      changes: z
        .array(requestedChange.omit({ type: true, service_id: true }))
        .min(1)
        .max(most.configChanges),
    }),
    status: 200,
    response: z.object({ drafted: z.number().int() }),
  },
  'DELETE /config/draft': {
    summary: 'Discard one’s draft, or one key of it',
    access: 'self',
    about: 'loaded',
    query: z.object({ ...configOwner, key: configKey.optional() }),
    status: 200,
    response: z.object({ discarded: z.number().int() }),
  },
  'POST /config/draft/publish': {
    summary: 'Publish one’s draft as one revision: all of it, or, with a problem, nothing',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({
      ...configOwner,
      ids: z
        .array(rowId)
        .min(1)
        .max(most.configChanges)
        .optional()
        .describe(
          'the changes that were looked at; without it, all. One that is gone is `config.draft_changed`',
        ),
      over: z
        .record(configKey, z.number().int().min(0))
        .default({})
        .describe('newer values that are to be replaced all the same: their revisions, by key'),
      reason: configReason,
      apply: z.boolean().default(true).describe('whether running instances of the service are replaced now'),
      canary: canaryFirst,
    }),
    status: 200,
    response: z.object({
      message: z.string(),
      revision: z.number().int().nullable().describe('null if every value was so already'),
      task_id: rowId.nullable().describe('the task that replaces the running instances, or tries the change'),
      golden_examples: canaryGoldenExamples,
    }),
  },
})
