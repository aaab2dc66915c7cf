import { z } from 'zod'
import { listQuery, pageOf, rowId, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { newPassword } from '../passwords.ts'
import { grantablePermission, permissions, role } from '../permissions.ts'
import { username } from '../usernames.ts'
import { defineEndpoints } from './endpoint.ts'
import { visibleName } from '../visible-text.ts'

/** A custom role that a person has. */
export const heldRole = z.object({ id: rowId, name: z.string(), permissions: z.array(z.enum(permissions)) })
/** A custom role that a person has. */
export type HeldRole = z.infer<typeof heldRole>

export const customRoleId = rowId.nullable().optional().describe('a custom role, instead of `role`')

/** A person. */
export const user = z.object({
  id: rowId,
  username: z.string(),
  role: role.describe('`user` for whoever has a custom role'),
  custom_role: heldRole.nullable(),
  disabled: z.boolean(),
  created_at: timestamp,
  last_login_at: timestamp.nullable(),
})
/** A person. */
export type User = z.infer<typeof user>

/** A role with what it permits. */
export const listedRole = z.object({
  id: rowId.nullable().describe('null: built in, and cannot be changed'),
  name: z.string(),
  description: z.string(),
  permissions: z.array(z.enum(permissions)),
  users: z.number().int().describe('how many people have it'),
})
/** A role with what it permits. */
export type ListedRole = z.infer<typeof listedRole>

const roleBody = z.strictObject({
  name: visibleName(z.string().trim().min(1).max(longest.username)),
  description: z.string().max(longest.shareText).default(''),
  permissions: z.array(grantablePermission).min(1).max(permissions.length),
})

const idParams = z.object({ id: rowId })

/** People and their roles. */
export const userEndpoints = defineEndpoints({
  'GET /users': {
    summary: 'Users',
    access: 'users.manage',
    query: listQuery,
    status: 200,
    response: pageOf(user),
  },
  'POST /users': {
    summary: 'Add a user',
    access: 'users.manage',
    body: z.strictObject({ username, password: newPassword, role, custom_role_id: customRoleId }),
    status: 201,
    response: user,
  },
  'GET /users/{id}': {
    summary: 'A user',
    access: 'users.manage',
    params: idParams,
    status: 200,
    response: user,
  },
  'PATCH /users/{id}': {
    summary: 'Change role, password or permission to sign in',
    access: 'users.manage',
    params: idParams,
    body: z.strictObject({
      role: role.optional(),
      custom_role_id: customRoleId,
      disabled: z.boolean().optional(),
      password: newPassword.optional(),
    }),
    status: 200,
    response: user,
  },
  'DELETE /users/{id}': {
    summary: 'Remove a user',
    access: 'users.manage',
    params: idParams,
    status: 204,
    response: null,
  },
  'GET /roles': {
    summary: 'The roles and their permissions',
    access: 'users.manage',
    status: 200,
    response: z.object({
      items: z.array(listedRole),
      total: z.number(),
    }),
  },
  'POST /roles': {
    summary: 'Make a role of permissions that you have yourself',
    access: 'users.manage',
    body: roleBody,
    status: 201,
    response: listedRole,
  },
  'PATCH /roles/{id}': {
    summary: 'Change a custom role; takes effect within a second for everybody who has it',
    access: 'users.manage',
    params: idParams,
    body: z.strictObject({
      name: roleBody.shape.name.optional(),
      description: z.string().max(longest.shareText).optional(),
      permissions: roleBody.shape.permissions.optional(),
    }),
    status: 200,
    response: listedRole,
  },
  'DELETE /roles/{id}': {
    summary: 'Delete a custom role that nobody has',
    access: 'users.manage',
    params: idParams,
    status: 204,
    response: null,
  },
})
