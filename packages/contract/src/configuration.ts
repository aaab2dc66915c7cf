import { z } from 'zod'
import { configEffects, configKinds, configSources, configTypes } from './choices.ts'
import { json, slug, timestamp } from './common.ts'
import { rule } from './issue-rules.ts'
import { jsonSchema } from './json-schema.ts'
import { longest } from './limits.ts'

/** A key of the configuration. It has a dot, so that it is never a word of a path such as `effective`. */
export const configKey = z
  .string()
  .max(longest.configKey)
  .regex(/^[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/, rule('field.config_key'))

/** Whose a value is. */
export const configType = z.enum(configTypes)

/** The fields that say whose value is meant. */
export const configOwner = {
  type: configType
    .optional()
    .describe(
      'whose value: the system’s, a service’s or one’s own; service where service_id is given, else system',
    ),
  service_id: slug.optional(),
}
/** Where a value comes from, the first that counts first. */
export const configSource = z.enum(configSources)
/** Where a value comes from. */
export type ConfigSource = z.infer<typeof configSource>

/** Why a value changes. */
export const configReason = z
  .string()
  .max(longest.configReason)
  .optional()
  .describe('why it changes, for those who read the history')
/** What it means that a change is tried before it counts. */
export const canaryText =
  'whether the variables of one running service are tried first: an instance beside those that serve has to become ready and to pass the golden examples. Only then the change is stored and reaches the others; `revision` is null until then, and `task_id` is the task that tries it'
/** Whether a change is tried before it counts. */
export const canaryFirst = z.boolean().default(false).describe(canaryText)
/** What is known of a canary when it is asked for. */
export const canaryGoldenExamples = z
  .number()
  .int()
  .nullable()
  .describe(
    'of a change that is tried first: how many golden examples it has to pass. 0: the release has none, so being ready alone counts. Null for every other change',
  )
/** Whether a change of the variables of a service can be tried first. */
export const canaryChances = z.object({
  possible: z
    .boolean()
    .describe('false while the service does not run: then there is nothing beside which it could be tried'),
  golden_examples: z.number().int().describe('how many the release that serves has'),
})
/** Whether a change of the variables of a service can be tried first. */
export type CanaryChances = z.infer<typeof canaryChances>
/** The revision of the value that was read. */
export const baseRevision = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe('the revision of the value that was read, 0 for none: another one since then is `config.changed`')
/** A value that is set in the database. */
export const configValue = z.object({
  key: z.string(),
  value: json.describe('null for a secret: it never leaves the platform'),
  type: configType,
  service_id: slug.nullable(),
  description: z.string(),
  secret: z.boolean(),
  revision: z.number().int(),
  updated_at: timestamp,
})
/** A value that is set in the database. */
export type ConfigValue = z.infer<typeof configValue>

/** What counts for a key, and why. */
export const effectiveConfig = z.object({
  key: z.string(),
  value: json.describe('null for a secret, and where there is none'),
  is_set: z.boolean().describe('whether there is a value at all'),
  secret: z.boolean(),
  source: configSource,
  variable: z.string().describe('the environment variable that counts before the database'),
  overridden: z
    .array(z.object({ source: configSource, type: configType, value: json }))
    .describe('values that count for less, the first before the second'),
  type: configType.describe('whose value it is that counts'),
  revision: z.number().int().nullable().describe('of the value in the database that counts'),
  declared: z.boolean().describe('whether the package of the service names it in its manifest'),
  kind: z.enum(configKinds),
  unit: z
    .string()
    .nullable()
    .describe(
      'of a duration (`ms`, `s`, `m`, `h`, `d`) or a size (`B`, `KB`, `MB`, `GB`; MB means MiB): the value is a number of it. It may be set as a text such as `5m` or `512MB` too',
    ),
  json_schema: jsonSchema.nullable().describe('what a value of the kind `schema` has to be'),
  effect: z.enum(configEffects),
  title: z.string(),
  about: z.string(),
  description: z.string(),
  stale_instances: z.array(z.string()).describe('running instances that still have an earlier value'),
})
/** What counts for a key, and why. */
export type EffectiveConfig = z.infer<typeof effectiveConfig>

/** One value that a revision changed. Null before: it was not set; null after: it was removed. Values of secrets are never shown. */
export const configChange = z.object({
  key: z.string(),
  type: configType,
  service_id: slug.nullable(),
  secret: z.boolean(),
  before: json,
  after: json,
})
/** One value that a revision changed. */
export type ConfigChange = z.infer<typeof configChange>

/** A change of the configuration: one or more values, by one person, for one reason. */
export const configRevision = z.object({
  number: z.number().int(),
  author: z.string(),
  reason: z.string(),
  created_at: timestamp,
  changes: z.array(configChange),
})
/** A change of the configuration. */
export type ConfigRevision = z.infer<typeof configRevision>

/** One requested change: a value, or `unset`. */
export const requestedChange = z.strictObject({
  ...configOwner,
  key: configKey,
  value: json.optional(),
  unset: z.literal(true).optional(),
  secret: z.boolean().optional(),
  description: z.string().max(longest.configReason).optional(),
  base_revision: baseRevision,
})
/** One requested change. */
export type RequestedChange = z.output<typeof requestedChange>
