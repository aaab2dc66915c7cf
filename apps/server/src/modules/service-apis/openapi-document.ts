import { apiOperation, type Json } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import { parseDocument as parseYaml } from 'yaml'
import { openApi3Of } from './swagger2.ts'

/** A JSON object of a document from outside. */
export type Part = Record<string, unknown>

/** One operation of a document: with the object of its path, whose parameters hold for it too. */
export type ListedOperation = { method: string; path: string; summary: string; item: Part; operation: Part }

/** An OpenAPI document as far as it is read. `total` also counts operations that are not kept. */
export type OpenApiDocument = { root: Part; title: string; operations: ListedOperation[]; total: number }

/** Bounds of what is read. Documents of real algorithms have a hundredth of this. */
export const documentBounds = {
  /** Bytes of a document in JSON. */
  bytes: 4 * 1024 * 1024,
  /** Bytes of one in YAML, which takes a hundred times longer to read. */
  yamlBytes: 256 * 1024,
  operations: 500,
  /** Characters of a text that is shown. */
  text: 500,
  /** References that are followed one after the other. */
  references: 20,
} as const

const methods = ['get', 'post', 'put', 'patch'] as const

/** A text of a document, not longer than people read; '' for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, documentBounds.text) : ''

/** Whether a value is one of JSON. A document in YAML can contain others. */
const asPart = (value: unknown): Part => (isObject(value) ? value : {})

/** Follows the references of a value within its document. An endless chain, or one that leads nowhere, gives {}. */
export function resolved(root: Part, value: unknown): Part {
  let now = asPart(value)
  for (let left = documentBounds.references; left > 0; left--) {
    const { $ref: reference } = now
    if (typeof reference !== 'string') return now
    now = asPart(reference.startsWith('#/') ? at(root, reference.slice(2).split('/')) : null)
  }
  return {}
}

function at(root: Part, steps: readonly string[]): unknown {
  let now: unknown = root
  for (const step of steps) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    now = isObject(now) && Object.hasOwn(now, name) ? now[name] : undefined
  }
  return now
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign is part of the name.
    return text
  }
}

/**
 * By default, the parser compares each key of a map with all before it, and each error looks up its line: the time would
 * grow with the square of the size. If a key is there twice, the last value counts, as in JSON.
 */
const linearYaml = { merge: false, uniqueKeys: false, prettyErrors: false } as const

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    if (text.length > documentBounds.yamlBytes) return null
  }
  try {
    const yaml = parseYaml(text, linearYaml)
    return yaml.errors.length > 0 ? null : yaml.toJS({ maxAliasCount: 100 })
  } catch {
    // Aliases that would grow without end, or nested deeper than the parser can go.
    return null
  }
}

function operationsOf(root: Part): { operations: ListedOperation[]; total: number } {
  const operations: ListedOperation[] = []
  let total = 0
  for (const [path, value] of Object.entries(asPart(root.paths))) {
    // An address of another host has this form too, and no request could be made of such a path.
    if (!apiOperation.shape.path.safeParse(path).success) continue
    const item = resolved(root, value)
    for (const method of methods) {
      const operation = item[method]
      if (!isObject(operation)) continue
      total++
      if (operations.length >= documentBounds.operations) continue
      const summary = textOf(operation.summary) || textOf(operation.operationId)
      operations.push({ method: method.toUpperCase(), path, summary, item, operation })
    }
  }
  return { operations, total }
}

/** Reads an OpenAPI 3 or Swagger 2 document in JSON or YAML. Null for anything else. Bounded in time by its size; pure. */
export function readOpenApi(text: string): OpenApiDocument | null {
  if (text.length > documentBounds.bytes) return null
  const written = read(text)
  if (!isObject(written)) return null
  const isFormer = written.openapi === undefined && String(written.swagger).startsWith('2.')
  const root = isFormer ? openApi3Of(written, (value) => resolved(written, value)) : written
  if (!textOf(root.openapi).startsWith('3.')) return null
  return { root, title: textOf(asPart(root.info).title), ...operationsOf(root) }
}

/** Whether a value is small enough to be kept as a default or a choice. */
export const isSmall = (value: unknown): value is Json => {
  const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
  return isPlain && String(value).length <= documentBounds.text
}
