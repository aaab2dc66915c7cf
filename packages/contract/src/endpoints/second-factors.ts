import { z } from 'zod'
import { rowId, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** A one-time code of an authenticator app, or a recovery code. */
export const oneTimeCode = z.string().trim().min(1).max(longest.oneTimeCode)

/** Whether a person signs in with a second factor. */
const secondFactor = z.object({
  enabled: z.boolean(),
  since: timestamp.nullable(),
  recovery_codes_left: z.number().int(),
})
/** Whether a person signs in with a second factor. */
export type SecondFactor = z.infer<typeof secondFactor>

const recoveryCodes = z.object({
  recovery_codes: z.array(z.string()).describe('each works once; only this response contains them'),
})
const idParams = z.object({ id: rowId })

/** The second factor of a sign-in: one-time codes of an authenticator app (TOTP, RFC 6238). */
export const secondFactorEndpoints = defineEndpoints({
  'GET /auth/second-factor': {
    summary: 'Whether you sign in with a second factor',
    access: 'self',
    status: 200,
    response: secondFactor,
  },
  'POST /auth/second-factor': {
    summary: 'Begin to set up a second factor. It counts once a code of it was confirmed',
    access: 'self',
    body: z.strictObject({ current_password: z.string().min(1).max(1000) }),
    status: 201,
    response: z.object({
      secret: z.string().describe('for an app that cannot scan; only this response contains it'),
      uri: z.string().describe('what a QR code for an authenticator app says'),
    }),
  },
  'POST /auth/second-factor/confirm': {
    summary: 'Turn the second factor on with a first code; your other sessions end',
    access: 'self',
    body: z.strictObject({ code: oneTimeCode }),
    status: 200,
    response: recoveryCodes,
  },
  'POST /auth/second-factor/recovery-codes': {
    summary: 'Get new recovery codes; the earlier ones no longer work',
    access: 'self',
    body: z.strictObject({ code: oneTimeCode }),
    status: 200,
    response: recoveryCodes,
  },
  'POST /auth/second-factor/disable': {
    summary: 'Turn the second factor off, with a code of it or a recovery code',
    access: 'self',
    body: z.strictObject({ code: oneTimeCode }),
    status: 204,
    response: null,
  },
  'GET /users/{id}/second-factor': {
    summary: 'Whether a person signs in with a second factor',
    access: 'users.manage',
    params: idParams,
    status: 200,
    response: secondFactor,
  },
  'DELETE /users/{id}/second-factor': {
    summary: 'Turn off the second factor of somebody who has lost it',
    access: 'users.manage',
    params: idParams,
    status: 204,
    response: null,
  },
})
