import { fileURLToPath } from 'node:url'
import { isObject } from '@vitrine/contract/schema-check'

/** One output before it is converted to JSON. */
export type RawOutput = { kind: string; data: unknown; name?: unknown }
/** Gives a file an address; null if the file does not exist. */
export type Publish = (path: string) => RawOutput | null

const explicitKeys = new Set(['kind', 'data', 'name'])
const listKinds = new Set(['classification', 'detection', 'segmentation', 'keypoints', 'tokens'])

const isExplicit = (value: unknown): value is RawOutput =>
  isObject(value) &&
  typeof value['kind'] === 'string' &&
  'data' in value &&
  Object.keys(value).every((key) => explicitKeys.has(key))

const isScored = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && 'label' in value && 'score' in value

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint'

function dataOf(kind: string, value: unknown): unknown {
  if (listKinds.has(kind) && isObject(value)) return [value]
  return kind === 'number' && isNumber(value) ? { value } : value
}

function inferred(value: unknown): RawOutput {
  if (typeof value === 'string') return { kind: 'text', data: value }
  if (isNumber(value)) return { kind: 'number', data: { value } }
  if (isObject(value) && 'text' in value && 'chunks' in value) return { kind: 'transcript', data: value }
  const items: unknown = isObject(value) ? [value] : value
  if (Array.isArray(items) && items.length > 0 && items.every(isScored)) {
    return { kind: items.every((item) => 'box' in item) ? 'detection' : 'classification', data: items }
  }
  return { kind: 'json', data: value }
}

/**
 * Returns the outputs for the value that `predict` returned for one element. An explicit kind from the
 * algorithm is used first, then the `x-kind` of the manifest's `output`; otherwise the kind is inferred.
 */
export function outputsOf(value: unknown, declared: string | null, publish: Publish): RawOutput[] {
  if (value === null || value === undefined) return []
  if (isExplicit(value)) return [value]
  if (Array.isArray(value) && value.length > 0 && value.every(isExplicit)) return value
  if (value instanceof URL && value.protocol === 'file:') {
    const path = fileURLToPath(value)
    return [publish(path) ?? { kind: 'text', data: path }]
  }
  return [declared === null ? inferred(value) : { kind: declared, data: dataOf(declared, value) }]
}
