import { z } from 'zod'
import { json, listQuery, pageOf, rowId, rowNumber, rowNumberText, slug } from '../common.ts'
import {
  baseRevision,
  canaryFirst,
  canaryText,
  canaryChances,
  configChange,
  configKey,
  configReason,
  configRevision,
  configSource,
  configType,
  configValue,
  effectiveConfig,
  configOwner,
  canaryGoldenExamples,
  requestedChange,
} from '../configuration.ts'
import { longest, most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** To whom the value belongs. */
const scopeQuery = z.object(configOwner)
const keyParams = z.object({ key: configKey })

const applyText =
  'whether running instances of the service are replaced now, if the value reaches them at their start'
const apply = z.boolean().default(true).describe(applyText)

/** Back to the values after an earlier revision. */
const rollback = z.strictObject({
  ...configOwner,
  revision: rowNumber,
  reason: configReason,
  apply,
  canary: canaryFirst,
})

/** The outcome of a change. */
const changed = z.object({
  message: z.string(),
  revision: z.number().int().nullable().describe('null if no value changed'),
  task_id: rowId.nullable().describe('the task that replaces the running instances, or tries the change'),
  golden_examples: canaryGoldenExamples,
})

/** The configuration: values of the platform, of services and of people, with their history. */
export const configEndpoints = defineEndpoints({
  'GET /config': {
    summary: 'Values that are set in the database',
    access: 'self',
    about: 'loaded',
    query: listQuery.extend(configOwner),
    status: 200,
    response: pageOf(configValue),
  },
  'POST /config': {
    summary: 'Change several values at once: all of them, or none if there is a problem',
    access: 'self',
    about: 'loaded',
    body: z.strictObject({
      changes: z.array(requestedChange).min(1).max(most.configChanges),
      reason: configReason,
      apply,
      canary: canaryFirst,
    }),
    status: 200,
    response: changed,
  },
  'GET /config/effective': {
    summary: 'The effective value of each key of the platform or of a service, and why it applies',
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
        .describe('the settings of the process, which only its environment sets; only for the platform'),
      canary: canaryChances.nullable().describe('for a service alone'),
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
    query: listQuery.extend(configOwner),
    status: 200,
    response: pageOf(configRevision),
  },
  'GET /config/compare': {
    summary: 'What differs between the values after two revisions; without `to`, after the newest',
    access: 'self',
    about: 'loaded',
    query: scopeQuery.extend({ from: rowNumberText, to: rowNumberText.optional() }),
    status: 200,
    response: z.object({
      from: z.number().int(),
      to: z.number().int(),
      changes: z
        .array(configChange)
        .describe(
          '`before` is the value after `from`, `after` that after `to`; null where there is none, and for a secret, which is listed if it was changed in between',
        ),
    }),
  },
  'POST /config/rollback': {
    summary: 'Set all values to those after an earlier revision. This makes a new revision',
    access: 'self',
    about: 'loaded',
    body: rollback,
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
  'POST /config/rotate-key': {
    summary:
      'Make a new key for the secrets, seal all of them with it and drop the old one. Administrators only (`auth.administrators_only`)',
    access: 'config.manage',
    status: 200,
    response: z.object({
      message: z.string(),
      sealed: z.number().int().describe('how many values are sealed with the new key'),
      unreadable: z.number().int().describe('how many values no key can open; they are not changed'),
    }),
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
      ...configOwner,
      yaml: z.string().min(1).max(longest.configImport),
      dry_run: z.boolean().default(false),
      reason: configReason,
      apply,
      canary: canaryFirst,
    }),
    status: 200,
    response: changed.extend({
      changes: z.array(configChange),
      secrets_missing: z
        .array(z.string())
        .describe(
          'secrets that the file names and that have no value here, because a file never contains their values',
        ),
    }),
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
    body: z.strictObject({
      ...configOwner,
      value: json.optional().describe('can be absent if only the description of a secret changes'),
      description: z.string().max(longest.configReason).optional(),
      secret: z
        .boolean()
        .optional()
        .describe('whether the value is never shown again; for a variable or a custom key'),
      base_revision: baseRevision,
      reason: configReason,
      apply,
      canary: canaryFirst,
    }),
    status: 200,
    response: changed,
  },
  'DELETE /config/{key}': {
    summary: 'Remove the value of a key from the database',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    query: scopeQuery.extend({
      reason: configReason,
      apply: z.stringbool().default(true).describe(applyText),
      canary: z.stringbool().default(false).describe(canaryText),
    }),
    status: 200,
    response: changed,
  },
  'GET /config/{key}/history': {
    summary: 'The changes of a key, newest first',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    query: listQuery.extend(configOwner),
    status: 200,
    response: pageOf(configRevision),
  },
  'POST /config/{key}/rollback': {
    summary: 'Set a key to its value after an earlier revision. This makes a new revision',
    access: 'self',
    about: 'loaded',
    params: keyParams,
    body: rollback,
    status: 200,
    response: changed,
  },
})
