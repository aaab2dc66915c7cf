import { z } from 'zod'
import { rowId, slug, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'
import { visibleName } from '../visible-text.ts'

/** A token that opens the git repository of one algorithm, and nothing else. */
export const repositoryToken = z.object({
  id: rowId,
  name: z.string(),
  prefix: z.string().describe('its first characters'),
  may_write: z.boolean().describe('whether it may push'),
  created_by: z.string().describe('in whose name it reads and pushes'),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
})
/** A token that opens the git repository of one algorithm. */
export type RepositoryToken = z.infer<typeof repositoryToken>

const idParams = z.object({ id: slug })

/** Tokens of one repository of the built-in git host, for machines that clone or push. */
export const repositoryTokenEndpoints = defineEndpoints({
  'GET /algorithms/{id}/tokens': {
    summary: 'The tokens of its git repository, newest first',
    access: 'algorithms.write',
    about: 'algorithm',
    params: idParams,
    status: 200,
    response: z.object({ items: z.array(repositoryToken) }),
  },
  'POST /algorithms/{id}/tokens': {
    summary:
      'Create a token that clones its git repository, or also pushes to it, and opens nothing else: the password of `git clone`, with any user name. Only this answer contains it. A key cannot ask for one, because the token would outlive it',
    access: 'api_keys.own',
    about: 'algorithm',
    params: idParams,
    body: z.strictObject({
      name: visibleName(z.string().trim().min(1).max(longest.keyName)),
      may_write: z.boolean().default(false),
      expires_at: timestamp.nullable().default(null),
    }),
    status: 201,
    response: repositoryToken.extend({ token: z.string() }),
  },
  'DELETE /algorithms/{id}/tokens/{token_id}': {
    summary: 'Revoke a token; it opens nothing any more',
    access: 'algorithms.write',
    about: 'algorithm',
    params: idParams.extend({ token_id: rowId }),
    status: 204,
    response: null,
  },
})
