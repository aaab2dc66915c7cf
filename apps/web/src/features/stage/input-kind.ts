import type { Json, JsonSchema, Stage } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'

/**
 * How a person enters one element of the input. `accept` is the filter of a file picker, '' for everything.
 * `orText`: the type of the input is unknown, so the person chooses between a text and JSON.
 */
export type InputKind =
  | { type: 'text'; maxLength: number | null; hint: string }
  | { type: 'media'; medium: 'image' | 'audio' | 'video' | 'file'; accept: string; hint: string }
  | { type: 'json'; hint: string; orText: boolean }

const mediaKinds = ['image', 'audio', 'video', 'file'] as const
const accepts = { image: 'image/*', audio: 'audio/*', video: 'video/*', file: '' }

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** Whether a schema does not state the type of a value. */
export const saysNothing = (schema: JsonSchema): boolean =>
  Object.keys(schema).every((key) => key === 'title' || key === 'description')

/** Chosen by the input's schema, or by the first demo input if the schema says nothing. */
export const inputKind = ({ manifest, examples }: Pick<Stage, 'manifest' | 'examples'>): InputKind => {
  const schema: JsonSchema = manifest.input
  const hint = text(schema.description)
  const medium = mediaKinds.find((kind) => kind === schema['x-kind'])
  if (medium !== undefined) return { type: 'media', medium, accept: accepts[medium], hint }
  const first = examples[0]?.input_data[0]
  const silent = schema.type === undefined
  if (schema.type === 'string' || (silent && typeof first === 'string'))
    return { type: 'text', maxLength: typeof schema.maxLength === 'number' ? schema.maxLength : null, hint }
  if (silent && isJsonObject(first) && first.asset_id !== undefined)
    return { type: 'media', medium: 'file', accept: '', hint }
  return { type: 'json', hint, orText: first === undefined && saysNothing(schema) }
}

/** The first content of a JSON editor: a demo input, or an empty value of the schema's type. */
export const blankElement = (schema: JsonSchema): Json => {
  if (schema.default !== undefined) return schema.default
  if (schema.type === 'array') return []
  if (schema.type === 'number' || schema.type === 'integer') return 0
  if (schema.type === 'boolean') return false
  return schema.type === 'object' || schema.properties !== undefined ? {} : ''
}
