import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { BadOutput } from './bad-output.ts'

/** Replaces a file's URL in a result by `{url, mime, …}`, or by its path if the file does not exist. */
export type PublishInner = (path: string) => unknown

const deepest = 200

const isTypedArray = (value: object): value is Iterable<number | bigint> => types.isTypedArray(value)

/**
 * Returns the JSON text of an algorithm's result. NaN and infinity become null; maps, sets, typed arrays and
 * dates become their JSON equivalents. Throws `BadOutput` if a value has no JSON form.
 */
export function encode(value: unknown, publish: PublishInner): string {
  return JSON.stringify(clean(value, publish, 0)) ?? 'null'
}

function clean(value: unknown, publish: PublishInner, depth: number): unknown {
  if (depth > deepest) throw new BadOutput('output.too_deep')
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return Number(value)
    case 'object':
      return value === null ? null : cleanObject(value, publish, depth + 1)
    default:
      throw new BadOutput('output.no_json', { type: typeof value })
  }
}

function cleanObject(value: object, publish: PublishInner, depth: number): unknown {
  const inner = (item: unknown) => clean(item, publish, depth)
  if (Array.isArray(value)) return value.map((item: unknown) => inner(item) ?? null)
  if (value instanceof URL) return value.protocol === 'file:' ? publish(fileURLToPath(value)) : value.href
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (isTypedArray(value)) return Array.from<number | bigint, unknown>(value, inner)
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), inner(item)]))
  if (value instanceof Set) return [...value].map(inner)
  if ('toJSON' in value && typeof value.toJSON === 'function') return inner(value.toJSON())
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]))
}
