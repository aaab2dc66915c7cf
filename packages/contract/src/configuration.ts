import { z } from 'zod'
import { configEffects, configKinds, configSources, configTypes } from './choices.ts'
import { json, slug, timestamp } from './common.ts'
import { rule } from './issue-rules.ts'
import { jsonSchema } from './json-schema.ts'
import { longest } from './limits.ts'

/** A key of the configuration. It contains a dot, so it is never the same as a path segment such as `effective`. */
export const configKey = z
  .string()
  .max(longest.configKey)
  .regex(/^[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/, rule('field.config_key'))

/** To whom a value belongs. */
export const configType = z.enum(configTypes)

/** The fields that say whose value is meant. */
export const configOwner = {
  type: configType
    .optional()
    .describe(
      'to whom the value belongs: the system, a service or the caller. The default is service with service_id, else system',
    ),
  service_id: slug.optional(),
}
/** The sources of a value, in order of precedence. */
export const configSource = z.enum(configSources)
/** Where a value comes from. */
export type ConfigSource = z.infer<typeof configSource>

/** Why a value changes. */
export const configReason = z
  .string()
  .max(longest.configReason)
  .optional()
  .describe('why it changes, for those who read the history')
/** Explains what it means to try a change before it takes effect. */
export const canaryText =
  'whether the variables of one running service are tried first: an instance beside those that serve has to become ready and to pass the golden examples. Only then the change is stored and reaches the others; `revision` is null until then, and `task_id` is the task that tries it'
/** Whether a change is tried before it takes effect. */
export const canaryFirst = z.boolean().default(false).describe(canaryText)
/** The number of golden examples of a canary that begins. */
export const canaryGoldenExamples = z
  .number()
  .int()
  .nullable()
  .describe(
    'for a change that is tried first: the number of golden examples that it must pass. 0: the release has none, so the instance only has to become ready. Null for every other change',
  )
/** Whether a change of the variables of a service can be tried first. */
export const canaryChances = z.object({
  possible: z
    .boolean()
    .describe('false while the service does not run, because a change is tried next to running instances'),
  golden_examples: z.number().int().describe('the number of golden examples of the serving release'),
})
/** Whether a change of the variables of a service can be tried first. */
export type CanaryChances = z.infer<typeof canaryChances>
/** The revision of the value that was read. */
export const baseRevision = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe(
    'the revision of the value that was read, 0 for none. If the value has another revision now, the answer is `config.changed`',
  )
/** A value that is set in the database. */
export const configValue = z.object({
  key: z.string(),
  value: json.describe('null for a secret, which never leaves the platform'),
  type: configType,
  service_id: slug.nullable(),
  description: z.string(),
  secret: z.boolean(),
  revision: z.number().int(),
  updated_at: timestamp,
})
/** A value that is set in the database. */
export type ConfigValue = z.infer<typeof configValue>

/** The effective value of a key, and why it applies. */
export const effectiveConfig = z.object({
  key: z.string(),
  value: json.describe('null for a secret, and if there is no value'),
  is_set: z.boolean().describe('whether there is a value at all'),
  secret: z.boolean(),
  source: configSource,
  variable: z.string().describe('the environment variable that takes precedence over the database'),
  overridden: z
    .array(z.object({ source: configSource, type: configType, value: json }))
    .describe('values with lower precedence, in order of precedence'),
  type: configType.describe('to whom the effective value belongs'),
  revision: z
    .number()
    .int()
    .nullable()
    .describe('the revision of the effective value, if it is in the database'),
  declared: z.boolean().describe('whether the package of the service names it in its manifest'),
  kind: z.enum(configKinds),
  unit: z
    .string()
    .nullable()
    .describe(
      'of a duration (`ms`, `s`, `m`, `h`, `d`) or a size (`B`, `KB`, `MB`, `GB`; MB means MiB): the value is a number of it. It may be set as a text such as `5m` or `512MB` too',
    ),
  json_schema: jsonSchema.nullable().describe('the schema of a value of the kind `schema`'),
  effect: z.enum(configEffects),
  title: z.string(),
  about: z.string(),
  description: z.string(),
  stale_instances: z.array(z.string()).describe('running instances that still have an earlier value'),
})
/** The effective value of a key, and why it applies. */
export type EffectiveConfig = z.infer<typeof effectiveConfig>

/**
 * One value that a revision changed. `before` is null if it was not set, and `after` is null if it was removed. Values
 * of secrets are never shown.
 */
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
