import {
  configKeyFacts,
  json,
  type ConfigChange,
  type Language,
  type RequestedChange,
} from '@vitrine/contract'
import { LineCounter, parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../lib/actor.ts'
import { changeConfigs, checkConfigs, type Changed } from './change-configs.ts'
import { findScope, type NamedScope } from './find-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from './configs.deps.ts'
import { configImportInvalid } from './configs.errors.ts'
import type { StoredConfig } from './configs.repository.ts'

const formatVersion = 1
const exported = z.strictObject({
  vitrine_config: z.literal(formatVersion),
  values: z.record(z.string(), json),
  descriptions: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
})

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

/** Reads an export. Throws `config.import_invalid` with the line where the YAML breaks. */
function readExport(text: string): z.output<typeof exported> {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, uniqueKeys: true })
  const [error] = document.errors
  if (error)
    throw configImportInvalid({
      reason: error.message.split('\n')[0] ?? '',
      line: error.linePos?.[0].line ?? null,
    })
  const parsed = exported.safeParse(valueOf(document))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw configImportInvalid({ reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, line: null })
}

/** The value of a document. An alias repeated many times over is refused by the parser. */
function valueOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw configImportInvalid({ reason: error instanceof Error ? error.message : String(error), line: null })
  }
}

/**
 * Sets the values of an export: all of them, or, with a problem, none. With `dryRun` nothing is stored. What the export does not
 * name stays. Throws `config.import_invalid`, and what {@link changeConfigs} throws.
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
  const { values, descriptions, secrets } = readExport(input.yaml)
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
