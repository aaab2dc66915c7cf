import {
  configKeyFacts,
  most,
  type BrokenRule,
  type CopiedValue,
  type Language,
  type RequestedChange,
} from '@vitrine/contract'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import { changesToBring, type BroughtChange, type BroughtValue } from '../changes/bring-values.ts'
import { changeConfigs } from '../changes/change-configs.ts'
import { serviceScope } from '../scopes/config-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from '../configs.deps.ts'
import { configChanged, configNotFound } from '../configs.errors.ts'
import type { StoredConfig } from '../configs.repository.ts'
import { findScope } from '../scopes/find-scope.ts'
import { isServiceOptionKey } from '../service-option-keys.ts'
import { openedValue } from '../effective/service-variables.ts'
import { nothingChanged, type Changed } from '../changes/place-changes.ts'

/** The service whose values are copied, and those that get them. */
type Copy = { actor: Actor; from: string; to: readonly string[] }

/** Throws `request.invalid` for a service that is named twice, and for one that would be copied to itself. */
function requireOthers({ from, to }: Copy): void {
  const issues = to.flatMap((id, at): BrokenRule[] => {
    const path = `to[${at}]`
    if (id === from) return [{ path, rule: 'field.other_service', values: {} }]
    return to.indexOf(id) < at ? [{ path, rule: 'field.one_only', values: {} }] : []
  })
  if (issues.length > 0) throw refusalOf(issues)
}

/**
 * Reads the stored values of a service. Its options, such as its port, are not stored as rows, so they are never
 * included. Throws what {@link findScope} throws for any of the services, because the actor must be allowed to operate
 * all of them.
 */
async function readSource(deps: ConfigsDeps, copy: Copy): Promise<StoredConfig[]> {
  requireOthers(copy)
  for (const id of [copy.from, ...copy.to]) await findScope(deps, copy.actor, { service_id: id })
  const rows = await deps.configs.values([serviceScope(copy.from)])
  return rows.filter(({ configKey: key }) => configKeyFacts(key) !== null && !isServiceOptionKey(key))
}

/** The differences in each service. Throws `config.secret_unreadable`. */
async function differences(
  deps: ConfigsDeps,
  to: readonly string[],
  brought: readonly BroughtValue[],
): Promise<BroughtChange[]> {
  const targets = await deps.configs.values(to.map(serviceScope))
  return to.flatMap((id) =>
    changesToBring(
      serviceScope(id),
      brought,
      targets.filter(({ serviceId }) => serviceId === id),
    ),
  )
}

/** What copying values of a service to others would change. Secrets are not opened for this. */
export async function previewCopy(
  deps: ConfigsDeps,
  copy: Copy,
): Promise<{
  keys: { key: string; secret: boolean; description: string }[]
  changes: CopiedValue[]
  as_of: number
}> {
  // This is read first, so that a change while the rest is read counts as newer than what the caller has seen.
  const asOf = await deps.configs.newest()
  const rows = await readSource(deps, copy)
  const brought = rows.map(({ configKey: key, configValue: value, secret, description }) => {
    return { key, value: secret ? null : value, secret, description }
  })
  const found = copy.to.length === 0 ? [] : await differences(deps, copy.to, brought)
  return {
    keys: brought.map(({ key, secret, description }) => ({ key, secret, description })),
    changes: found.flatMap(({ change, isNew }) =>
      change.service_id === null ? [] : [{ ...change, service_id: change.service_id, is_new: isNew }],
    ),
    as_of: asOf,
  }
}

/** The value of a row in clear. Throws `config.secret_unreadable`. */
const openedRow = (
  { sealer }: Pick<ConfigsDeps, 'sealer'>,
  { configKey: key, configValue: value, secret, description }: StoredConfig,
): BroughtValue => ({ key, value: openedValue(sealer, { key, value, secret }), secret, description })

/**
 * The rows of the chosen keys. Throws `request.invalid` for an option of the service, `config.not_found`, and
 * `config.changed` for a value that is newer than the preview.
 */
function chosenRows(
  rows: readonly StoredConfig[],
  { keys, asOf }: { keys: readonly string[]; asOf: number | undefined },
): StoredConfig[] {
  const options = keys.flatMap((key, at): BrokenRule[] =>
    isServiceOptionKey(key) ? [{ path: `keys[${at}]`, rule: 'field.service_option', values: {} }] : [],
  )
  if (options.length > 0) throw refusalOf(options)
  return [...new Set(keys)].map((key) => {
    const row = rows.find((one) => one.configKey === key)
    if (!row) throw configNotFound({ key })
    if (asOf !== undefined && row.revision > asOf)
      throw configChanged({
        key,
        keys: [key],
        yours: null,
        theirs: row.secret ? null : row.configValue,
        revision: row.revision,
      })
    return row
  })
}

/** The changes with the revisions of the values in the preview, so that newer values are not overwritten. */
async function basedOn(
  { configs }: Pick<ConfigsDeps, 'configs'>,
  wanted: readonly RequestedChange[],
  asOf: number | undefined,
): Promise<RequestedChange[]> {
  if (asOf === undefined) return [...wanted]
  const seen = new Map<string, number>()
  for (const id of new Set(wanted.flatMap((change) => change.service_id ?? [])))
    for (const { configKey, after, revision } of await configs.changesUpTo(serviceScope(id), asOf))
      seen.set(`${id} ${configKey}`, after === null ? 0 : revision)
  return wanted.map((change) => ({
    ...change,
    base_revision: seen.get(`${change.service_id ?? ''} ${change.key}`) ?? 0,
  }))
}

/**
 * Copies values of one service to others: all of them in one revision, or none if there is a problem. Secrets are
 * opened and sealed again here, and never leave the platform. Throws `config.not_found` for a key without a value, and
 * what {@link changeConfigs} throws.
 */
export async function copyConfigs(
  deps: ChangeConfigsDeps,
  copy: Copy & {
    language: Language
    keys: readonly string[]
    asOf: number | undefined
    reason: string
    apply: boolean
    canary: boolean
  },
): Promise<Changed> {
  const { actor, language, to, keys, asOf, reason, apply, canary } = copy
  const rows = chosenRows(await readSource(deps, copy), { keys, asOf })
  if (rows.length * to.length > most.configChanges) {
    const expected = Math.max(1, Math.floor(most.configChanges / rows.length))
    throw refusalOf([{ path: 'to', rule: 'field.maxItems', values: { expected } }])
  }
  const brought = rows.map((row) => openedRow(deps, row))
  const wanted = (await differences(deps, to, brought)).map((one) => one.wanted)
  if (wanted.length === 0) return nothingChanged
  const changes = await basedOn(deps, wanted, asOf)
  const place = (index: number) => `keys[${keys.indexOf(changes[index]?.key ?? '')}]`
  return changeConfigs(deps, { actor, language, changes, reason, apply, canary, place })
}
