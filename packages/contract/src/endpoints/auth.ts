import { z } from 'zod'
import { newPassword } from '../passwords.ts'
import { username } from '../usernames.ts'
import { defineEndpoints } from './endpoint.ts'
import { oneTimeCode } from './second-factors.ts'
import { user } from './users.ts'

/** Answer of a sign-in. The refresh and session cookies are sent with it. */
export const signedIn = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.number().int().describe('seconds'),
  user,
})
/** Answer of a sign-in. */
export type SignedIn = z.infer<typeof signedIn>

/** Set-up and sign-in. */
export const authEndpoints = defineEndpoints({
  'GET /setup': {
    summary: 'Whether the first administrator must still be created',
    access: 'public',
    status: 200,
    response: z.object({ required: z.boolean() }),
  },
  'POST /setup': {
    summary: 'Create the first administrator with the one-time token of the set-up link',
    access: 'public',
    body: z.strictObject({ token: z.string().min(1), username, password: newPassword }),
    status: 201,
    response: signedIn,
  },
  'POST /auth/login': {
    summary: 'Sign in',
    access: 'public',
    body: z.strictObject({
      username: z.string().min(1).max(200),
      password: z.string().min(1).max(1000),
      code: oneTimeCode.optional().describe('of a second factor; else `auth.code_required`'),
    }),
    status: 200,
    response: signedIn,
  },
  'POST /auth/refresh': {
    summary: 'Get a new access token with the refresh cookie, which is replaced',
    access: 'public',
    status: 200,
    response: signedIn,
  },
  'POST /auth/logout': { summary: 'End this session', access: 'public', status: 204, response: null },
  'GET /auth/me': {
    summary: 'The current caller and their permissions',
    access: 'self',
    about: 'nothing',
    status: 200,
    response: z.object({
      user,
      permissions: z.array(z.string()),
      granted_permissions: z
        .array(z.string())
        .describe('what grants of service groups permit beyond that, each with some services only'),
    }),
  },
  'POST /auth/password': {
    summary: 'Change your own password; your other sessions end',
    access: 'self',
    body: z.strictObject({ current_password: z.string().min(1).max(1000), new_password: newPassword }),
    status: 204,
    response: null,
  },
})
