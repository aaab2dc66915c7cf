import type { z } from 'zod'
import type { Access } from '../permissions.ts'

/**
 * One route of the API as data: the server validates, documents and guards by it, the web client is typed by it.
 * `path` is relative to `/api/v1`, with parameters in braces.
 */
export type ApiEndpoint = {
  summary: string
  /** What a caller must be allowed to do; the server refuses everything else. */
  access: Access
  params?: z.ZodObject
  query?: z.ZodObject
  /** JSON body. A route that streams its body states `multipart` instead. */
  body?: z.ZodType
  /** The body is multipart or raw and read as a stream by the handler. */
  stream?: 'multipart' | 'raw'
  /** Status of success and its body: `null` for none, `'events'` for server-sent events, `'stream'` for bytes. */
  status: 200 | 201 | 202 | 204
  /** It answers 202 instead where it has begun a task. */
  beginsWork?: true
  response: z.ZodType | null | 'events' | 'stream'
}

/** Keeps the literal types of an endpoint table whose keys are `METHOD /path/{param}`. */
export const defineEndpoints = <const Table extends Record<`${Uppercase<string>} /${string}`, ApiEndpoint>>(
  table: Table,
): Table => table
