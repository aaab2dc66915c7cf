import { z } from 'zod'
import { languages } from './choices.ts'
import { rule } from './issue-rules.ts'
import { longest, most, slugPattern, type Bounds } from './limits.ts'

/** Identifier of an algorithm or a service: lower-case letters, digits and hyphens, at most 63 characters. */
export const slug = z
  .string()
  .regex(slugPattern, rule('field.slug'))
  .describe('lower-case letters, digits and hyphens, at most 63 characters')

/**
 * Words that are path segments beside `/services/{id}` and `/algorithms/{id}`, or folders beside a service's
 * folder. They are never ids.
 */
export const reservedSlugs: ReadonlySet<string> = new Set([
  'status',
  'logs',
  'config',
  'start',
  'stop',
  'restart',
  'deploy',
  'batch',
  'deploy-from-gitea',
  'inspect',
])

/** A slug for something new. */
export const newSlug = slug.refine((value) => !reservedSlugs.has(value), rule('field.reserved'))

/** The identifier of a row: a UUID. */
export const rowId = z.uuid()

/** The greatest number that the database can count to: that of a four-byte integer. */
export const greatestNumber = 2_147_483_647
/** The number of a release, a replica or a version: they are counted from 1. */
export const rowNumber = z.number().int().min(1).max(greatestNumber)
/** A {@link rowNumber} as text, as it is in a path or a query. */
export const rowNumberText = z.coerce.number().int().min(1).max(greatestNumber)

/** A time: ISO 8601 in UTC. */
export const timestamp = z.iso.datetime()

/** A number within bounds. */
export const numberWithin = ({ min, max }: Bounds) => z.number().min(min).max(max)
/** A whole number within bounds. */
export const wholeWithin = ({ min, max }: Bounds) => z.number().int().min(min).max(max)

/**
 * The maximum nesting of lists and objects. Results need far less, and every reader's stack allows far more.
 */
const deepestJson = 500

const isJson = (value: unknown, depth = 0): value is Json => {
  if (typeof value === 'number') return Number.isFinite(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value !== 'object' || depth > deepestJson) return false
  if (Array.isArray(value)) return value.every((each) => isJson(each, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    (prototype === Object.prototype || prototype === null) &&
    Object.values(value).every((each) => isJson(each, depth + 1))
  )
}

/**
 * Any JSON value, passed on unchanged. `z.json()` tries six types for every number and copies everything. For
 * the tracks of a video it took a tenth of a second, in which the process does nothing else.
 */
export const json = z.custom<Json>((value) => isJson(value), rule('field.json'))
/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Query of every list. Pages count from 1. */
export const listQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).max(most.pageSize).default(50),
  q: z.string().max(longest.search).default(''),
  sort: z.string().max(50).default(''),
})
/** Query of every list, with its defaults. */
export type ListQuery = z.infer<typeof listQuery>

/** A language of the product. */
export const language = z.enum(languages)
/** A language of the product. */
export type Language = z.infer<typeof language>

/**
 * Query of an event stream. An EventSource cannot send Accept-Language, so the language is in its address.
 */
export const eventQuery = z.object({ lang: language.optional() })

/** A page of a list. `total` is the number of matches on all pages. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.number().int() })

/** The answer of every route that starts long work. */
export const taskAccepted = z.object({ task_id: rowId })

/** The only form of an error, from the control plane and from the gateway. */
export const errorBody = z.object({
  error: z.object({
    code: z.string().describe('stable, dotted, for programs'),
    message: z.string().describe('for people, in the language of Accept-Language'),
    details: z.record(z.string(), json),
    request_id: z.string(),
  }),
})
/** The only form of an error. */
export type ErrorBody = z.infer<typeof errorBody>
