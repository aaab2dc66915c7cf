import { z } from 'zod'
import { rowId, slug, timestamp } from '../common.ts'
import { grantLevel, role } from '../permissions.ts'
import { existingUsername } from '../usernames.ts'
import { defineEndpoints } from './endpoint.ts'

/** To whom a grant is given: exactly one of a person, everybody with a built-in role, everybody with a custom role. */
export const grantee = z.union([
  z.strictObject({ username: existingUsername }),
  z.strictObject({ role: role.exclude(['admin']) }),
  z.strictObject({ custom_role_id: rowId }),
])
/** To whom a grant is given. */
export type Grantee = z.infer<typeof grantee>

/** What a person, or everybody with a role, may do with the services of a group beyond their role. */
export const serviceGrant = z.object({
  id: rowId,
  level: grantLevel.describe(
    'run: see and run. operate: also start, stop, restart and read logs. own: also deploy, change and delete',
  ),
  holder: z.enum(['user', 'role', 'custom_role']).describe('whether it is for a person or for a role'),
  holder_name: z.string().describe('the name of the person or role'),
  created_at: timestamp,
})
/** What a person, or everybody with a role, may do with the services of a group beyond their role. */
export type ServiceGrant = z.infer<typeof serviceGrant>

/** What somebody may do with a service, and why. */
export const serviceRight = z.object({
  level: grantLevel,
  because: z
    .enum(['owner', 'administrator', 'group'])
    .describe(
      '`owner`: the service is theirs; `administrator`: by their role; `group`: by a grant of its group',
    ),
  holder: z.enum(['user', 'role', 'custom_role']),
  holder_name: z.string(),
})
/** What somebody may do with a service, and why. */
export type ServiceRight = z.infer<typeof serviceRight>

const groupParams = z.object({ id: rowId })
const idParams = z.object({ id: slug })

/** Grants for the services of a group, and who owns a service. */
export const serviceGrantEndpoints = defineEndpoints({
  'GET /service-groups/{id}/grants': {
    summary: 'What people may do with the services of a group beyond their role',
    access: 'users.manage',
    params: groupParams,
    status: 200,
    response: z.object({ items: z.array(serviceGrant), total: z.number().int() }),
  },
  'PUT /service-groups/{id}/grants': {
    summary:
      'Grant something to a person or to everybody with a role; it takes the place of what the group granted them',
    access: 'users.manage',
    params: groupParams,
    body: z.strictObject({ to: grantee, level: grantLevel }),
    status: 200,
    response: serviceGrant,
  },
  'DELETE /service-groups/{id}/grants/{grant_id}': {
    summary: 'Take a grant away; it ends at once',
    access: 'users.manage',
    params: z.object({ id: rowId, grant_id: rowId }),
    status: 204,
    response: null,
  },
  'GET /services/{id}/access': {
    summary: 'The owner of a service, and who else may do what with it, and why',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    status: 200,
    response: z.object({
      owner: z.string(),
      group_id: rowId.nullable(),
      may_hand_over: z.boolean().describe('whether the caller may give it another owner'),
      items: z.array(serviceRight),
      total: z.number().int(),
    }),
  },
  'PUT /services/{id}/owner': {
    summary: 'Hand a service over to another person, who then owns it',
    access: 'services.operate',
    params: idParams,
    body: z.strictObject({ username: existingUsername }),
    status: 200,
    response: z.object({ owner: z.string() }),
  },
})
