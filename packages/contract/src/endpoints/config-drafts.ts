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

/** A change that waits in a draft, with the current value. */
const draftedChange = z.object({
  id: rowId.describe('a new one each time the change is drafted again'),
  key: z.string(),
  secret: z.boolean(),
  unset: z.boolean().describe('the value is to be removed'),
  kept: z.boolean().describe('whether the value stays and only its description changes'),
  is_new: z.boolean().describe('there is no value now'),
  before: json.describe('the current value; null for a secret, and if there is none'),
  after: json.describe('null for a secret, and for a value that is to be removed'),
  description: z.string(),
  base_revision: z.number().int().describe('the revision of the value that the author had read'),
  revision: z
    .number()
    .int()
    .describe('the revision of the current value. It is a conflict if this differs from `base_revision`'),
  updated_at: timestamp,
})
/** A change that waits in a draft. */
export type DraftedChange = z.infer<typeof draftedChange>

/**
 * Drafts of the configuration: changes that are collected, reviewed, and published together. Each person has one draft
 * for each service.
 */
export const configDraftEndpoints = defineEndpoints({
  'GET /config/draft': {
    summary: 'Your own draft with the current values, and the keys in the drafts of others',
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
    summary: 'Add changes to your draft. A change of the same key is replaced. Nothing takes effect yet',
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
    summary: 'Discard your draft, or one key of it',
    access: 'self',
    about: 'loaded',
    query: z.object({ ...configOwner, key: configKey.optional() }),
    status: 200,
    response: z.object({ discarded: z.number().int() }),
  },
  'POST /config/draft/publish': {
    summary: 'Publish your draft as one revision: all of it, or nothing if there is a problem',
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
          'the ids of the reviewed changes; all changes if absent. If one no longer exists, the answer is `config.draft_changed`',
        ),
      over: z
        .record(configKey, z.number().int().min(0))
        .default({})
        .describe('newer values that may be replaced: their revisions, by key'),
      reason: configReason,
      apply: z.boolean().default(true).describe('whether running instances of the service are replaced now'),
      canary: canaryFirst,
    }),
    status: 200,
    response: z.object({
      message: z.string(),
      revision: z.number().int().nullable().describe('null if no value changed'),
      task_id: rowId.nullable().describe('the task that replaces the running instances, or tries the change'),
      golden_examples: canaryGoldenExamples,
    }),
  },
})
