import { z } from 'zod'
import { listQuery, pageOf, rowId, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { newPassword } from '../passwords.ts'
import { role } from '../permissions.ts'
import { chosenUsername } from '../usernames.ts'
import { signedIn } from './auth.ts'
import { defineEndpoints } from './endpoint.ts'
import { customRoleId, heldRole } from './users.ts'
import { visibleName } from '../visible-text.ts'

/** A link with which somebody makes an account of their own. `token` is only in the answer to its creation. */
export const invite = z.object({
  id: rowId,
  role: role.describe('`user` if a custom role is offered'),
  custom_role: heldRole.nullable(),
  note: z.string(),
  created_by: z.string(),
  created_at: timestamp,
  expires_at: timestamp,
  used_at: timestamp.nullable(),
  used_by: z.string().nullable(),
})
/** A link with which somebody makes an account of their own, without its secret. */
export type Invite = z.infer<typeof invite>

const token = z.string().min(1).max(200)

/** Links with which people make accounts of their own. */
export const inviteEndpoints = defineEndpoints({
  'GET /invites': {
    summary: 'Invitations, the newest first',
    access: 'users.manage',
    query: listQuery.pick({ page: true, page_size: true }),
    status: 200,
    response: pageOf(invite),
  },
  'POST /invites': {
    summary: 'Invite somebody by a link that works once; only this response contains its token',
    access: 'users.manage',
    body: z.strictObject({
      role,
      custom_role_id: customRoleId,
      note: visibleName(z.string().max(longest.keyName)).default('').describe('for whom it is'),
      expires_at: timestamp.optional().describe('default: in seven days'),
    }),
    status: 201,
    response: invite.extend({ token: z.string(), url: z.string() }),
  },
  'DELETE /invites/{id}': {
    summary: 'Revoke an invitation',
    access: 'users.manage',
    params: z.object({ id: rowId }),
    status: 204,
    response: null,
  },
  'POST /invites/look': {
    summary: 'What an invitation offers',
    access: 'public',
    body: z.strictObject({ token }),
    status: 200,
    response: z.object({
      role,
      custom_role: heldRole.pick({ name: true }).nullable(),
      created_by: z.string(),
      expires_at: timestamp,
    }),
  },
  'POST /invites/accept': {
    summary: 'Make an account with an invitation, and sign in',
    access: 'public',
    body: z.strictObject({ token, username: chosenUsername, password: newPassword }),
    status: 201,
    response: signedIn,
  },
})
