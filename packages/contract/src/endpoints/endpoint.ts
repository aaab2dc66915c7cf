import type { z } from 'zod'
import type { Access } from '../permissions.ts'

/**
 * Which service a route concerns, for API keys that are limited to some services.
 * - `service`, `algorithm`: `{id}` in the path names it. The key must include it.
 * - `loaded`: the object is known only from its row or from the body. The use case decides.
 * - `listed`: the answer contains only what belongs to the services of the key.
 * - `nothing`: the route concerns no service.
 */
export type About = 'service' | 'algorithm' | 'loaded' | 'listed' | 'nothing'

/** One event of a stream whose events have these data, by their name. */
export type EventOf<Events> = {
  [Name in keyof Events & string]: { event: Name; data: Events[Name] }
}[keyof Events & string]

/** What a route answers with: JSON, nothing (`null`), bytes (`'stream'`), or server-sent events, with their data by name. */
type Answer =
  | { response: z.ZodType | null | 'stream'; events?: undefined }
  | { response: 'events'; events: Readonly<Record<string, z.ZodType>> }

/**
 * One route of the API as data. The server validates, documents and protects routes with it, and the web
 * client takes its types from it. `path` is relative to `/api/v1`, with parameters in braces.
 */
export type ApiEndpoint = Answer & {
  summary: string
  /** The permission that a caller needs. The server refuses everybody else. */
  access: Access
  /** Which service the route concerns. A route without this is closed to limited API keys. */
  about?: About
  /** A running instance may use the route with its token. All other routes are closed to instances. */
  instances?: true
  params?: z.ZodObject
  query?: z.ZodObject
  /** JSON body. A route with a streamed body has `stream` instead. */
  body?: z.ZodType
  /** The body is multipart or raw, and the handler reads it as a stream. */
  stream?: 'multipart' | 'raw'
  /** The status of success. */
  status: 200 | 201 | 202 | 204
  /** The route answers 202 instead if it has started a task. */
  beginsWork?: true
}

/** Keeps the literal types of an endpoint table whose keys are `METHOD /path/{param}`. */
export const defineEndpoints = <const Table extends Record<`${Uppercase<string>} /${string}`, ApiEndpoint>>(
  table: Table,
): Table => table
