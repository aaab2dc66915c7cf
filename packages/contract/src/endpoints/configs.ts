import { z } from 'zod'
import { configEffects, configKinds, configSources, configTypes } from '../choices.ts'
import { json, listQuery, pageOf, rowId, rowNumber, slug, timestamp } from '../common.ts'
import { rule } from '../issue-rules.ts'
import { longest, most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** A key of the configuration. It has a dot, so that it is never a word of a path such as `effective`. */
export const configKey = z
  .string()
  .max(longest.configKey)
  .regex(/^[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/, rule('field.config_key'))

/** Whose a value is. */
export const configType = z.enum(configTypes)

const named = {
  type: configType
    .optional()
    .describe(
      'whose value: the system’s, a service’s or one’s own; service where service_id is given, else system',
    ),
  service_id: slug.optional(),
}
const isNamedWell = ({
  type,
  service_id: id,
}: {
  type?: string | undefined
  service_id?: string | undefined
}) =>
  (type ?? (id === undefined ? 'system' : 'service')) === 'service' ? id !== undefined : id === undefined
const wellNamed = <Schema extends z.ZodType<Parameters<typeof isNamedWell>[0]>>(schema: Schema) =>
  schema.refine(isNamedWell, { message: rule('field.config_service'), path: ['service_id'] })
/** Whose value is meant. */
const scopeQuery = z.object(named)
const keyParams = z.object({ key: configKey })

/** Where a value comes from, the first that counts first. */
export const configSource = z.enum(configSources)
/** Where a value comes from. */
export type ConfigSource = z.infer<typeof configSource>

const reason = z
  .string()
  .max(longest.configReason)
  .optional()
  .describe('why it changes, for those who read the history')
const baseRevision = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe('the revision of the value that was read, 0 for none: another one since then is `config.changed`')
const apply = z
  .boolean()
  .default(true)
  .describe(
    'whether running instances of the service are replaced now, if the value reaches them at their start',
  )

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

/** What became of a change. */
const changed = z.object({
  message: z.string(),
  revision: z.number().int().nullable().describe('null if every value was so already'),
  task_id: rowId.nullable().describe('the task that replaces the running instances'),
})

/** One requested change: a value, or `unset`. */
export const requestedChange = wellNamed(
  z.strictObject({
    ...named,
    key: configKey,
    value: json.optional(),
    unset: z.literal(true).optional(),
    secret: z.boolean().optional(),
    description: z.string().max(longest.configReason).optional(),
    base_revision: baseRevision,
  }),
)
/** One requested change. */
export type RequestedChange = z.output<typeof requestedChange>

/** The configuration: values of the platform, of services and of people, with their history. */
export const configEndpoints = defineEndpoints({
  'GET /config': {
    summary: 'Values that are set in the database',
    access: 'self',
    about: 'loaded',
    query: listQuery.extend(named),
    status: 200,
    response: pageOf(configValue),
  },
  'POST /config': {
    summary: 'Change several values at once: all of them, or, with a problem, none',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({
      changes: z.array(requestedChange).min(1).max(most.configChanges),
      reason,
      apply,
    }),
    status: 200,
    response: changed,
  },
  'GET /config/effective': {
    summary: 'What counts for each key of the platform or of a service, and why',
    access: 'self',
    about: 'loaded',
    query: scopeQuery,
    status: 200,
    response: z.object({
      items: z.array(effectiveConfig),
      settings: z
        .array(
          z.object({
            variable: z.string(),
            value: z.string().nullable(),
            source: configSource,
            secret: z.boolean(),
          }),
        )
        .describe('the settings of the process, which only its environment sets; for the platform alone'),
    }),
  },
  'GET /config/service/{id}': {
    summary: 'The configuration of a service',
    access: 'self',
    about: 'service',
    params: z.object({ id: slug }),
    status: 200,
    response: z.object({
      service_id: slug,
      configs: z.array(
        z.object({
          key: z.string(),
          value: json,
          type: configType,
          description: z.string(),
          source: configSource,
          secret: z.boolean(),
        }),
      ),
    }),
  },
  'GET /config/revisions': {
    summary: 'All changes, newest first',
    access: 'self',
    about: 'loaded',
    query: listQuery.extend(named),
    status: 200,
    response: pageOf(configRevision),
  },
  'POST /config/rollback': {
    summary: 'Return all values to what they were after a revision. This is a new revision',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({ ...named, revision: rowNumber, reason, apply }),
    status: 200,
    response: changed,
  },
  'POST /config/apply': {
    summary: 'Replace the running instances of a service, one by one, by instances with the newest values',
    access: 'services.operate',
    about: 'loaded',
    body: z.strictObject({ service_id: slug }),
    status: 200,
    response: changed,
  },
  'GET /config/export': {
    summary: 'The values as YAML. Secrets are named, without their values',
    access: 'self',
    about: 'loaded',
    query: scopeQuery,
    status: 200,
    response: z.object({ yaml: z.string() }),
  },
  'POST /config/import': {
    summary: 'Set the values of an export; with `dry_run`, only say what would change',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({
      ...named,
      yaml: z.string().min(1).max(longest.configImport),
      dry_run: z.boolean().default(false),
      reason,
      apply,
    }),
    status: 200,
    response: changed.extend({ changes: z.array(configChange) }),
  },
  'GET /config/{key}': {
    summary: 'The value of a key, as it is set in the database',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    query: scopeQuery,
    status: 200,
    response: z.object({ key: z.string(), value: json }),
  },
  'POST /config/{key}': {
    summary: 'Set the value of a key',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    body: wellNamed(
      z.strictObject({
        ...named,
        value: json,
        description: z.string().max(longest.configReason).optional(),
        secret: z
          .boolean()
          .optional()
          .describe('whether the value is never shown again; of a variable or a custom key'),
        base_revision: baseRevision,
        reason,
        apply,
      }),
    ),
    status: 200,
    response: changed,
  },
  'DELETE /config/{key}': {
    summary: 'Remove the value of a key from the database',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    query: scopeQuery.extend({ reason }),
    status: 200,
    response: changed,
  },
  'GET /config/{key}/history': {
    summary: 'The changes of a key, newest first',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    query: listQuery.extend(named),
    status: 200,
    response: pageOf(configRevision),
  },
  'POST /config/{key}/rollback': {
    summary: 'Return a key to the value that it had after a revision. This is a new revision',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    body: z.strictObject({ ...named, revision: rowNumber, reason, apply }),
    status: 200,
    response: changed,
  },
})
