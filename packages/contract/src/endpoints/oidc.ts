import { z } from 'zod'
import { signedIn } from './auth.ts'
import { defineEndpoints } from './endpoint.ts'

/** Sign-in with an account of another server, by OpenID Connect. */
export const oidcEndpoints = defineEndpoints({
  'GET /auth/oidc': {
    summary: 'Whether people can sign in with an account of another server, and its name',
    access: 'public',
    status: 200,
    response: z.object({ enabled: z.boolean(), name: z.string() }),
  },
  'POST /auth/oidc/start': {
    summary: 'Begin a sign-in there: the address to open. A cookie ties the answer to this browser',
    access: 'public',
    status: 200,
    response: z.object({ url: z.string() }),
  },
  'POST /auth/oidc/finish': {
    summary: 'Sign in with what that server answered',
    access: 'public',
    body: z.object({
      query: z.string().min(1).max(8_000).describe('of the address to which it sent the browser back'),
    }),
    status: 200,
    response: signedIn,
  },
})
