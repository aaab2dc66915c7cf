import { z } from 'zod'
import { rowId, timestamp } from '../common.ts'
import { signedIn } from './auth.ts'
import { defineEndpoints } from './endpoint.ts'

/** An identity of another server that opens an account here. */
const externalIdentity = z.object({
  issuer: z.string().describe('the address of that server'),
  subject: z.string().describe('whom it means by that'),
  created_at: timestamp,
})
/** An identity of another server that opens an account here. */
export type ExternalIdentity = z.infer<typeof externalIdentity>

const idParams = z.object({ id: rowId })

/** Sign-in with an account of another server, by OpenID Connect. */
export const oidcEndpoints = defineEndpoints({
  'GET /auth/oidc': {
    summary: 'Whether people can sign in with an account of another server, and its name',
    access: 'public',
    status: 200,
    response: z.object({ enabled: z.boolean(), name: z.string() }),
  },
  'POST /auth/oidc/start': {
    summary:
      'Begin a sign-in at that server. The answer has the address to open, and a proof that the page keeps; a cookie ties the sign-in to this browser',
    access: 'public',
    status: 200,
    response: z.object({ url: z.string(), proof: z.string() }),
  },
  'POST /auth/oidc/finish': {
    summary: 'Sign in with the answer of that server',
    access: 'public',
    body: z.strictObject({
      query: z
        .string()
        .min(1)
        .max(8_000)
        .describe('the query of the address to which it sent the browser back'),
      proof: z.string().max(100).describe('the proof of the answer that began this sign-in'),
    }),
    status: 200,
    response: signedIn,
  },
  'GET /users/{id}/identities': {
    summary: 'The accounts of other servers with which a person signs in',
    access: 'users.manage',
    params: idParams,
    status: 200,
    response: z.object({
      items: z.array(externalIdentity),
      total: z.number().int(),
      roles_from_groups: z
        .boolean()
        .describe('whether the groups there decide the role again at each sign-in with such an account'),
    }),
  },
  'DELETE /users/{id}/identities': {
    summary: 'Remove an account of another server with which a person signs in, and sign the person out',
    access: 'users.manage',
    params: idParams,
    query: z.object({ issuer: z.string().min(1).max(2_000), subject: z.string().min(1).max(255) }),
    status: 204,
    response: null,
  },
})
