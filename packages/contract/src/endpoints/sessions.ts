import { z } from 'zod'
import { listQuery, pageOf, rowId, timestamp } from '../common.ts'
import { defineEndpoints } from './endpoint.ts'

/** A browser or program in which somebody is signed in. */
export const session = z.object({
  id: rowId,
  user_id: rowId,
  username: z.string(),
  current: z.boolean().describe('the one that asks'),
  address: z.string().nullable().describe('where it was last used from'),
  user_agent: z.string().nullable().describe('the user agent of the browser'),
  created_at: timestamp.describe('the sign-in'),
  last_used_at: timestamp.describe('accurate to about a quarter of an hour'),
  expires_at: timestamp,
})
/** A browser or program in which somebody is signed in. */
export type Session = z.infer<typeof session>

const idParams = z.object({ id: rowId })

/** The sessions of people. */
export const sessionEndpoints = defineEndpoints({
  'GET /sessions': {
    summary: 'Where you are signed in; with `everyone`, for administrators, where everybody is',
    access: 'self',
    query: listQuery.pick({ page: true, page_size: true }).extend({
      everyone: z.stringbool().default(false),
      user_id: rowId.optional().describe('of one person, for administrators'),
    }),
    status: 200,
    response: pageOf(session),
  },
  'DELETE /sessions': {
    summary: 'Sign out everywhere else; with `user_id`, for administrators, sign a person out everywhere',
    access: 'self',
    query: z.object({ user_id: rowId.optional() }),
    status: 204,
    response: null,
  },
  'DELETE /sessions/{id}': {
    summary: 'End a session; takes effect within a second',
    access: 'self',
    params: idParams,
    status: 204,
    response: null,
  },
})
