import {
  configKeyFacts,
  most,
  type ConfigChange,
  type Language,
  type RequestedChange,
} from '@vitrine/contract'
import { stringify } from 'yaml'
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../lib/actor.ts'
import { payerOf } from '../quotas/quotas.ts'
import { changeConfigs, checkConfigs, type Changed } from './change-configs.ts'
import { formatVersion, type ConfigExport } from './config-export.ts'
import { findScope, type NamedScope } from './find-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from './configs.deps.ts'
import { configImportExceeded, configImportInvalid } from './configs.errors.ts'
import type { StoredConfig } from './configs.repository.ts'

const ofPeople = (rows: readonly StoredConfig[]) =>
  rows.filter(({ configKey: key }) => configKeyFacts(key) !== null)

/** The values of a scope as YAML. Secrets are named, without their values. */
export async function exportConfigs(
  deps: ConfigsDeps,
  { actor, named }: { actor: Actor; named: NamedScope },
): Promise<string> {
  const { scope } = await findScope(deps, actor, named)
  const rows = ofPeople(await deps.configs.values([scope]))
  const shown = rows.filter(({ secret }) => !secret)
  const described = rows.filter(({ description }) => description !== '')
  return stringify({
    vitrine_config: formatVersion,
    values: Object.fromEntries(shown.map(({ configKey, configValue }) => [configKey, configValue])),
    descriptions: Object.fromEntries(described.map(({ configKey, description }) => [configKey, description])),
    secrets: rows.filter(({ secret }) => secret).map(({ configKey }) => configKey),
  })
}

/** Reads an export in a thread, as it may be written to take for ever. Throws `config.import_invalid` and `config.import_exceeded`. */
async function readExport(
  { exports }: Pick<ChangeConfigsDeps, 'exports'>,
  { actor, yaml }: { actor: Actor; yaml: string },
): Promise<ConfigExport> {
  const read = await exports.read(payerOf(actor), yaml)
  if (read === 'exceeded') throw configImportExceeded({ limit: most.configChanges })
  if ('reason' in read) throw configImportInvalid(read)
  if (Object.keys(read.values).length > most.configChanges)
    throw configImportExceeded({ limit: most.configChanges })
  return read
}

/**
 * Sets the values of an export: all of them, or, with a problem, none. With `dryRun` nothing is stored. What the export does not
 * name stays. Throws `config.import_invalid`, `config.import_exceeded`, and what {@link changeConfigs} throws.
 */
export async function importConfigs(
  deps: ChangeConfigsDeps,
  input: {
    actor: Actor
    language: Language
    named: NamedScope
    yaml: string
    dryRun: boolean
    reason: string
    apply: boolean
  },
): Promise<Changed & { changes: ConfigChange[]; secretsMissing: string[] }> {
  const { actor, language, named, reason, apply } = input
  const { scope } = await findScope(deps, actor, named)
  const { values, descriptions, secrets } = await readExport(deps, input)
  const rows = await deps.configs.values([scope])
  const ofScope = { type: scope.type, ...(scope.serviceId !== null && { service_id: scope.serviceId }) }
  const met = Object.entries(values).map(([key, value]) => ({
    key,
    value,
    row: rows.find((row) => row.configKey === key),
  }))
  const changing = met.filter(
    ({ key, value, row }) =>
      !row ||
      row.secret ||
      !isDeepStrictEqual(row.configValue, value) ||
      row.description !== (descriptions[key] ?? row.description),
  )
  const changes = changing.map(({ key, value, row }): ConfigChange => {
    const secret = secrets.includes(key) || (row?.secret ?? false)
    return {
      key,
      type: scope.type,
      service_id: scope.serviceId,
      secret,
      before: secret ? null : (row?.configValue ?? null),
      after: secret ? null : value,
    }
  })
  const wanted = changing.map(({ key, value }): RequestedChange => {
    const description = descriptions[key]
    const described = description === undefined ? {} : { description }
    return { ...ofScope, key, value, ...(secrets.includes(key) && { secret: true }), ...described }
  })
  const place = (index: number) => `yaml.values.${wanted[index]?.key ?? ''}`
  const request = { actor, language, changes: wanted, reason, apply, place }
  const isDry = input.dryRun || wanted.length === 0
  const result = isDry ? await checkConfigs(deps, request) : await changeConfigs(deps, request)
  const secretsMissing = secrets.filter((key) => !rows.some((row) => row.configKey === key))
  return { ...result, changes, secretsMissing }
}
