import { z } from 'zod'
import { rowId, slug } from '../common.ts'
import {
  canaryFirst,
  canaryGoldenExamples,
  canaryText,
  configChange,
  configKey,
  configReason,
} from '../configuration.ts'
import { most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

const apply = z
  .boolean()
  .default(true)
  .describe(
    'whether running instances of the services are replaced now, if a value reaches them at their start',
  )

/** A value that a copy sets in another service. */
const copiedValue = configChange.extend({
  service_id: slug,
  is_new: z.boolean().describe('whether the other service has no value of its own for the key'),
})
/** A value that a copy sets in another service. */
export type CopiedValue = z.infer<typeof copiedValue>

/** Copies of the configuration of one service to others. */
export const configCopyEndpoints = defineEndpoints({
  'GET /config/copy': {
    summary: 'What copying the values of one service to others would change',
    access: 'services.operate',
    about: 'loaded',
    query: z.object({
      from: slug,
      to: z
        .string()
        .transform((ids) => ids.split(','))
        .pipe(z.array(slug).max(most.copyTargets))
        .optional()
        .describe(
          'the ids of the other services, separated by commas; without them, the answer has only `keys`',
        ),
    }),
    status: 200,
    response: z.object({
      keys: z
        .array(z.object({ key: z.string(), secret: z.boolean(), description: z.string() }))
        .describe(
          'the keys that can be copied: those of the service’s own values, without its port, address and timeout',
        ),
      changes: z
        .array(copiedValue)
        .describe('the differences; a secret always counts as different, and its value is never shown'),
      as_of: z.number().int().describe('the newest revision that this answer knows'),
    }),
  },
  'POST /config/copy': {
    summary:
      'Copy values of one service to others: all of them, or none if there is a problem. Secrets are copied too',
    access: 'services.operate',
    about: 'loaded',
    body: z.strictObject({
      from: slug,
      to: z.array(slug).min(1).max(most.copyTargets),
      keys: z.array(configKey).min(1).max(most.configChanges),
      as_of: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe(
          '`as_of` of the preview. If a value has changed since then, the answer is `config.changed`',
        ),
      reason: configReason,
      apply,
      canary: canaryFirst.describe(`${canaryText}. Only with one service in \`to\``),
    }),
    status: 200,
    response: z.object({
      message: z.string(),
      revision: z.number().int().nullable().describe('null if no value changed'),
      tasks: z
        .array(z.object({ service_id: slug, task_id: rowId }))
        .describe('the tasks that replace running instances, or the one that tries the copy'),
      golden_examples: canaryGoldenExamples,
    }),
  },
})
