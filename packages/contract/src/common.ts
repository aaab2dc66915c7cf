import { z } from 'zod'

/** Identifier of an algorithm or a service: lower-case letters, digits and hyphens, at most 63 characters. */
export const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected lower-case letters, digits and hyphens, at most 63 characters',
  )
  .describe('lower-case letters, digits and hyphens, at most 63 characters')

/** Words that are path segments beside `/services/{id}` and `/algorithms/{id}`, or folders beside a service's, so never an id. */
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

/** A slug that may be given to something new. */
export const newSlug = slug.refine((value) => !reservedSlugs.has(value), 'this word is reserved')

/** A row's identifier: a UUID. */
export const rowId = z.uuid()

/** A moment: ISO 8601 in UTC. */
export const timestamp = z.iso.datetime()

/** Any JSON value. */
export const json: z.ZodType<Json> = z.json()
/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Query of every list: pages count from 1. */
export const listQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).max(500).default(50),
  q: z.string().max(200).default(''),
  sort: z.string().max(50).default(''),
})
/** Query of every list, with its defaults filled in. */
export type ListQuery = z.infer<typeof listQuery>

/** A page of a list; `total` counts the matches of all pages. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.number().int() })

/** The answer of everything that starts long work. */
export const taskAccepted = z.object({ task_id: rowId })

/** The one shape of an error, from the control plane and from the gateway. */
export const errorBody = z.object({
  error: z.object({
    code: z.string().describe('stable, dotted, for programs'),
    message: z.string().describe('for people, in the language of Accept-Language'),
    details: z.record(z.string(), json),
    request_id: z.string(),
  }),
})
/** The one shape of an error. */
export type ErrorBody = z.infer<typeof errorBody>
