import { z } from 'zod'
import { listQuery, pageOf, rowId, slug, timestamp, wholeWithin } from '../common.ts'
import { bounds, longest } from '../limits.ts'
import { apiKeyScope } from '../permissions.ts'
import { defineEndpoints } from './endpoint.ts'
import { visibleName } from '../visible-text.ts'

const requestsPerMinute = wholeWithin(bounds.keyRequestsPerMinute)
  .nullable()
  .describe(
    'at most so many requests a minute: to all services together, and to the platform’s API; null: no limit',
  )

/** An API key. `key` is only in the answer to its creation. */
export const apiKey = z.object({
  id: rowId,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(apiKeyScope),
  service_ids: z.array(slug).nullable(),
  owner: z.string(),
  expires_at: timestamp.nullable(),
  requests_per_minute: requestsPerMinute,
  last_used_at: timestamp.nullable(),
  created_at: timestamp,
})
/** An API key without its secret. */
export type ApiKey = z.infer<typeof apiKey>

const idParams = z.object({ id: rowId })

/** Keys of programs. */
export const apiKeyEndpoints = defineEndpoints({
  'GET /api-keys': {
    summary: 'Your own keys; administrators see all',
    access: 'api_keys.own',
    about: 'listed',
    query: listQuery,
    status: 200,
    response: pageOf(apiKey),
  },
  'POST /api-keys': {
    summary: 'Create a key; only this response contains it',
    access: 'api_keys.own',
    about: 'loaded',
    body: z.strictObject({
      name: visibleName(z.string().min(1).max(longest.keyName)),
      scopes: z.array(apiKeyScope).min(1),
      service_ids: z.array(slug).min(1).nullable().default(null),
      expires_at: timestamp.nullable().default(null),
      requests_per_minute: requestsPerMinute.default(null),
    }),
    status: 201,
    response: apiKey.extend({ key: z.string() }),
  },
  'GET /api-keys/{id}': {
    summary: 'A key',
    access: 'api_keys.own',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: apiKey,
  },
  'PATCH /api-keys/{id}': {
    summary: 'Rename a key, or change its expiry or its rate limit',
    access: 'api_keys.own',
    about: 'loaded',
    params: idParams,
    body: z.strictObject({
      name: visibleName(z.string().min(1).max(longest.keyName)).optional(),
      expires_at: timestamp.nullable().optional(),
      requests_per_minute: requestsPerMinute.optional(),
    }),
    status: 200,
    response: apiKey,
  },
  'DELETE /api-keys/{id}': {
    summary: 'Revoke a key; takes effect within a second',
    access: 'api_keys.own',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
})
