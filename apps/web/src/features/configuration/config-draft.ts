import type { ConfigKeyDefinition, EffectiveConfig, Json, RequestedChange } from '@vitrine/contract'
import {
  configKeyFacts,
  configKeys,
  isKnownConfigKey,
  needsAdministrator,
  quantityOf,
  quantityText,
  variableOfKey,
  variableValue,
} from '../../shared/config-keys.ts'
import { brokenRules, type BrokenRule } from '@vitrine/contract/issues'

/** The ways to enter a value. */
export const editors = ['text', 'number', 'switch', 'json'] as const
/** A way to enter a value. What can be chosen, durations and sizes, and lists are not for keys of one's own. */
export type Editor = (typeof editors)[number] | 'choice' | 'quantity' | 'list'

/** A value that is being entered. It is sent only when it is saved. */
export type Draft = {
  key: string
  editor: Editor
  /** What is written, for every way to enter a value but a switch. */
  text: string
  on: boolean
  secret: boolean
  /** The value that counts now is a secret, so `text` did not start from it. */
  hidden: boolean
  description: string
  /** The value is to be removed. */
  unset: boolean
  /** The revision of the value that was read; 0 for none. */
  base: number
  /** The key had no entry before. */
  added: boolean
}

/** Whose values are edited: those of a service by its id, null for the platform's. */
export type Owner = string | null

type Facts = Pick<EffectiveConfig, 'key' | 'source' | 'type'>
const typeOf = (owner: Owner) => (owner === null ? 'system' : 'service')

/** Whether the value that counts is set in the database for this owner. Pure. */
export const isOwn = (item: Pick<EffectiveConfig, 'source' | 'type'>, owner: Owner): boolean =>
  item.source === 'database' && item.type === typeOf(owner)

/** Whether a key of a service is one of its options, which its settings change. Pure. */
export const isOption = ({ key }: { key: string }, owner: Owner): boolean =>
  owner !== null && key.startsWith('service.')

/** Whether a value can be set here: the environment counts before what is set. Pure. */
export const isEditable = (item: Facts, owner: Owner): boolean =>
  item.source !== 'environment' &&
  !isOption(item, owner) &&
  configKeyFacts(item.key)?.types.some((type) => type === typeOf(owner)) === true

/** Whether only administrators set this value: one of the whole platform that takes effect for everybody. Pure. */
export const isForAdministrators = (key: string, owner: Owner): boolean =>
  owner === null && needsAdministrator(key)

/** The values that can be chosen for a key. Empty for most keys. Pure. */
export function choicesOf(key: string): readonly string[] {
  const definition: ConfigKeyDefinition | null = isKnownConfigKey(key) ? configKeys[key] : null
  return definition?.choices ?? []
}

/** An example value of a key, which shows its form. Empty for most keys. Pure. */
export function exampleOf(key: string): string {
  const { example, kind }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  if (kind === 'duration') return '30s, 5m, 12h, 7d'
  if (kind === 'size') return '512KB, 10MB, 2GB'
  if (example === undefined) return ''
  return Array.isArray(example) ? example.join('\n') : JSON.stringify(example)
}

/** Whether the start makes the value of a key from a setting of another name. Pure. */
export function isMade(key: string): boolean {
  const { madeFrom }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  return madeFrom !== undefined
}

/** A value as people read it: a duration or a size with its unit, and the entries of a list one after the other. Pure. */
export function readable(key: string, value: Json): Json {
  const { unit, kind }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  if (kind === 'list' && Array.isArray(value)) return value.join(', ')
  return unit !== undefined && typeof value === 'number' ? quantityText(value, unit) : value
}

/** The milliseconds of a value that is a duration. Null for any other. Pure. */
export function durationMs(key: string, value: Json): number | null {
  const { unit, kind }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  if (kind !== 'duration' || unit === undefined || typeof value !== 'number') return null
  return quantityOf(`${value}${unit}`, 'ms')
}

/** Whether a key can be a secret, and have a description: those that the platform does not read itself. Pure. */
export const isFree = (key: string): boolean => !isKnownConfigKey(key)

function editorOf({ kind, value }: Pick<EffectiveConfig, 'kind' | 'value'>): Editor {
  if (kind === 'choice') return 'choice'
  if (kind === 'boolean') return 'switch'
  if (kind === 'duration' || kind === 'size') return 'quantity'
  if (kind === 'list') return 'list'
  if (kind === 'schema') return 'json'
  if (kind === 'integer' || kind === 'number' || typeof value === 'number') return 'number'
  if (kind === 'string' || value === null || typeof value === 'string') return 'text'
  return typeof value === 'boolean' ? 'switch' : 'json'
}

const textOf = (key: string, given: Json, editor: Editor): string => {
  if (editor === 'list' && Array.isArray(given)) return given.join('\n')
  const value = readable(key, given)
  if (value === null) return ''
  return typeof value === 'string' && editor !== 'json' ? value : JSON.stringify(value, null, 2)
}

/** The draft of a value as it is now. Pure. */
export function draftOf(item: EffectiveConfig, owner: Owner): Draft {
  // A variable is a text for its program, whatever it was when it was set.
  const editor = item.kind === 'string' ? 'text' : editorOf(item)
  return {
    key: item.key,
    editor,
    text: textOf(item.key, item.value, editor),
    on: item.value === true,
    secret: item.secret,
    hidden: item.secret,
    description: item.description,
    unset: false,
    base: isOwn(item, owner) ? (item.revision ?? 0) : 0,
    added: false,
  }
}

/** The draft of a key that has no value yet. Pure. */
export const newDraft = (key: string, editor: Editor): Draft => ({
  key,
  editor,
  text: '',
  on: false,
  secret: false,
  hidden: false,
  description: '',
  unset: false,
  base: 0,
  added: true,
})

type Reading = { value: Json } | { problem: BrokenRule }
const broken = (rule: BrokenRule['rule'], values: BrokenRule['values'] = {}): Reading => ({
  problem: { path: '', rule, values },
})

function written({ editor, text, on }: Draft): Reading {
  if (editor === 'switch') return { value: on }
  if (editor === 'text' || editor === 'choice') return { value: text }
  if (text.trim() === '') return broken('field.required')
  if (editor === 'list') return { value: text }
  if (editor === 'quantity') return { value: text }
  if (editor === 'number') {
    const value = Number(text)
    return Number.isFinite(value) ? { value } : broken('field.type', { expected: 'number' })
  }
  try {
    // What a person writes here is JSON of any form; the server checks it again.
    const value: Json = JSON.parse(text)
    return value === null ? broken('field.required') : { value }
  } catch {
    return broken('field.json')
  }
}

/** Whether a draft leaves a secret of its owner as it is: the server has its value, and the page does not. Pure. */
export const keepsSecret = ({ hidden, secret, text, base }: Draft): boolean =>
  hidden && secret && text === '' && base > 0

/** The value of a draft, or the rule that it breaks. Pure. */
export function readDraft(draft: Draft): Reading {
  // A secret that is to be shown from now on has to be written too: an empty field does not mean an empty text.
  if ((draft.secret || draft.hidden) && draft.editor !== 'switch' && draft.text === '')
    return broken('field.required')
  const reading = written(draft)
  if ('problem' in reading) return reading
  const { key } = draft
  const schema = isKnownConfigKey(key) ? configKeys[key].schema : null
  const rules = schema ?? (variableOfKey(key) === null ? null : variableValue)
  const parsed = rules?.safeParse(reading.value, { reportInput: true })
  const [problem] = brokenRules(parsed?.error?.issues ?? [])
  if (problem) return { problem }
  // In the form in which it is stored.
  return parsed?.data === undefined ? reading : { value: parsed.data }
}

/** Whether a draft differs from what there is. A secret that is not written anew stays as it is. Pure. */
export function isChanged(draft: Draft, item: EffectiveConfig, owner: Owner): boolean {
  if (draft.unset || draft.added) return true
  const before = draftOf(item, owner)
  return (
    draft.editor !== before.editor ||
    draft.text !== before.text ||
    draft.on !== before.on ||
    draft.secret !== before.secret ||
    draft.description !== before.description
  )
}

/**
 * The rest of a draft after `sent` was saved with this revision: nothing, or the text that was entered in the meantime,
 * as a change of the newly stored value. Pure.
 */
export function afterSave(now: Draft, sent: Draft, revision: number | null): Draft | null {
  if (JSON.stringify(now) === JSON.stringify(sent)) return null
  if (sent.unset) return { ...now, base: 0 }
  return { ...now, base: revision ?? now.base, hidden: sent.secret, added: false }
}

/** The query that names the owner of values. Pure. */
export const namedBy = (owner: Owner): { service_id?: string } =>
  owner === null ? {} : { service_id: owner }

/** The change that saves a draft. Null while it breaks a rule. Pure. */
export function changeOf(draft: Draft, owner: Owner): RequestedChange | null {
  const { key, base, secret, description, unset } = draft
  const common = { ...namedBy(owner), key, base_revision: base }
  if (unset) return { ...common, unset: true }
  if (keepsSecret(draft)) return { ...common, secret, description }
  const reading = readDraft(draft)
  if ('problem' in reading) return null
  return { ...common, value: reading.value, ...(isFree(key) && { secret, description }) }
}
