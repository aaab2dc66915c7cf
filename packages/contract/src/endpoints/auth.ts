import { z } from 'zod'
import { auditOutcomes } from '../choices.ts'
import { listQuery, pageOf, rowId, slug, timestamp } from '../common.ts'
import { apiKeyScope, grantablePermission, permissions, role } from '../permissions.ts'
import { longest } from '../limits.ts'
import { newPassword } from '../passwords.ts'
import { username } from '../usernames.ts'
import { defineEndpoints } from './endpoint.ts'
import { oneTimeCode } from './second-factors.ts'

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

/** Answer of a sign-in. The refresh and session cookies are sent with it. */
export const signedIn = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.number().int().describe('seconds'),
  user,
})
/** Answer of a sign-in. */
export type SignedIn = z.infer<typeof signedIn>

/** An API key. `key` is only in the answer to its creation. */
export const apiKey = z.object({
  id: rowId,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(apiKeyScope),
  service_ids: z.array(slug).nullable(),
  owner: z.string(),
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
  created_at: timestamp,
})
/** An API key without its secret. */
export type ApiKey = z.infer<typeof apiKey>

/** One entry of the audit log. */
export const auditEntry = z.object({
  id: rowId,
  number: z.number().int().nullable().describe('its place in the chain; up to 0 from before there was one'),
  actor: z.string(),
  actor_id: z.string().nullable().describe('of the person, also if the name is somebody else’s by now'),
  action: z.string(),
  target: z.string(),
  target_name: z
    .string()
    .nullable()
    .describe('the last name that the log states for an id of a person, key …'),
  details: z.record(z.string(), z.json()),
  request_id: z.string().nullable(),
  hash: z.string().nullable().describe('of this entry and the hash of the one before'),
  created_at: timestamp,
})
/** One entry of the audit log. */
export type AuditEntry = z.infer<typeof auditEntry>

/** Which entries of the audit log are meant. All conditions must hold. */
export const auditFilter = z.object({
  q: z.string().max(longest.search).default('').describe('searched in actor, action and target'),
  from: timestamp.optional(),
  to: timestamp.optional(),
  outcome: z.enum(auditOutcomes).optional(),
})
/** Which entries of the audit log are meant. */
export type AuditFilter = z.infer<typeof auditFilter>

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

const roleBody = z.object({
  name: z.string().trim().min(1).max(longest.username),
  description: z.string().max(longest.shareText).default(''),
  permissions: z.array(grantablePermission).min(1).max(permissions.length),
})

const idParams = z.object({ id: rowId })

/** Set-up, sign-in, people, keys. */
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
    body: z.object({ token: z.string().min(1), username, password: newPassword }),
    status: 201,
    response: signedIn,
  },
  'POST /auth/login': {
    summary: 'Sign in',
    access: 'public',
    body: z.object({
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
    response: z.object({ user, permissions: z.array(z.string()) }),
  },
  'POST /auth/password': {
    summary: 'Change your own password; your other sessions end',
    access: 'self',
    body: z.object({ current_password: z.string().min(1).max(1000), new_password: newPassword }),
    status: 204,
    response: null,
  },
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
    body: z.object({ username, password: newPassword, role, custom_role_id: customRoleId }),
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
    body: z.object({
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
    body: z.object({
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
    body: z.object({
      name: z.string().min(1).max(longest.keyName),
      scopes: z.array(apiKeyScope).min(1),
      service_ids: z.array(slug).min(1).nullable().default(null),
      expires_at: timestamp.nullable().default(null),
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
    summary: 'Rename a key or change its expiry',
    access: 'api_keys.own',
    about: 'loaded',
    params: idParams,
    body: z.object({
      name: z.string().min(1).max(longest.keyName).optional(),
      expires_at: timestamp.nullable().optional(),
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
  'GET /audit': {
    summary: 'Audit log: who changed what, and who was refused',
    access: 'audit.read',
    query: listQuery.extend(auditFilter.shape),
    status: 200,
    response: pageOf(auditEntry),
  },
  'GET /audit/file': {
    summary: 'The audit log as a CSV file or as JSON lines, the oldest entry first',
    access: 'audit.read',
    query: auditFilter.extend({ format: z.enum(['csv', 'jsonl']).default('csv') }),
    status: 200,
    response: 'stream',
  },
})
