import { configKeyFacts, most, type ConfigChange, type Language } from '@vitrine/contract'
import { stringify } from 'yaml'
import type { Actor } from '../../../lib/actor.ts'
import { writtenForm } from '../../config-files/config-value-schema.ts'
import { payerOf } from '../../quotas/quotas.ts'
import { changesToBring } from '../changes/bring-values.ts'
import { changeConfigs, checkConfigs } from '../changes/change-configs.ts'
import { formatVersion, type ConfigExport } from './export-format.ts'
import type { ExportReader } from './export-reader.ts'
import { findScope, type NamedScope } from '../scopes/find-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from '../configs.deps.ts'
import { configImportExceeded, configImportInvalid } from '../configs.errors.ts'
import type { StoredConfig } from '../configs.repository.ts'
import type { Changed } from '../changes/place-changes.ts'

/** What importing values needs. */
export type ImportConfigsDeps = ChangeConfigsDeps & { exports: ExportReader }

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
    values: Object.fromEntries(
      shown.map(({ configKey: key, configValue }) => [key, writtenForm(key, configValue)]),
    ),
    descriptions: Object.fromEntries(described.map(({ configKey, description }) => [configKey, description])),
    secrets: rows.filter(({ secret }) => secret).map(({ configKey }) => configKey),
  })
}

/**
 * The keys among some secrets that have no value here. An export may name very many, and a scope may have many values, so they are
 * not compared with each other one by one. Pure.
 */
export function secretsWithoutValue(
  secrets: Iterable<string>,
  rows: readonly Pick<StoredConfig, 'configKey'>[],
): string[] {
  const stored = new Set(rows.map(({ configKey }) => configKey))
  return [...new Set(secrets)].filter((key) => !stored.has(key))
}

/**
 * Reads an export in a thread, because a malicious text can take for ever. Throws `config.import_invalid` and
 * `config.import_exceeded`.
 */
async function readExport(
  { exports }: Pick<ImportConfigsDeps, 'exports'>,
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
 * Sets all values of an export, or none of them if there is a problem. With `dryRun` nothing is stored. Values that the
 * export does not name stay. Throws `config.import_invalid`, `config.import_exceeded`, and what {@link changeConfigs}
 * throws.
 */
export async function importConfigs(
  deps: ImportConfigsDeps,
  input: {
    actor: Actor
    language: Language
    named: NamedScope
    yaml: string
    dryRun: boolean
    reason: string
    apply: boolean
    canary: boolean
  },
): Promise<{ changed: Changed; changes: ConfigChange[]; secretsMissing: string[] }> {
  const { actor, language, named, reason, apply, canary } = input
  const { scope } = await findScope(deps, actor, named)
  const { values, descriptions, secrets } = await readExport(deps, input)
  const rows = await deps.configs.values([scope])
  const areSecret = new Set(secrets)
  const brought = Object.entries(values).map(([key, value]) => ({
    key,
    value,
    secret: areSecret.has(key),
    description: descriptions[key],
  }))
  const found = changesToBring(scope, brought, rows)
  const wanted = found.map((one) => one.wanted)
  const place = (index: number) => `yaml.values.${wanted[index]?.key ?? ''}`
  const request = { actor, language, changes: wanted, reason, apply, canary, place }
  const isDry = input.dryRun || wanted.length === 0
  const changed = isDry ? await checkConfigs(deps, request) : await changeConfigs(deps, request)
  const changes = found.map(({ change }) => change)
  return { changed, changes, secretsMissing: secretsWithoutValue(areSecret, rows) }
}
