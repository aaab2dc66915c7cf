import {
  permissionsOf,
  seesEverything,
  type Invite,
  type Permission,
  type Role,
  type User,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import type { CustomRolesRepository } from '../users/custom-roles.repository.ts'
import { addUser, roleToGive } from '../users/users.usecases.ts'
import { inviteInPast, inviteNotFound, inviteNotValid } from './invites.errors.ts'
import type { InvitesRepository } from './invites.repository.ts'

/** What the use cases of invitations need. */
export type InvitesDeps = {
  invites: InvitesRepository
  users: UsersRepository
  customRoles: Pick<CustomRolesRepository, 'find'>
  clock: Clock
}

/** How long an invitation is valid unless stated otherwise, in milliseconds. */
const usualLifeMs = 7 * 24 * 3600 * 1000

/**
 * Invites somebody. Nobody invites to more than they may do themselves. Only this answer contains the token. Throws
 * `role.not_found`, `auth.not_permitted`, `invite.expiry_in_past`.
 */
export async function createInvite(
  deps: InvitesDeps,
  input: {
    actor: Actor
    role: Role
    custom_role_id?: string | null | undefined
    note: string
    expires_at?: string | undefined
  },
): Promise<Invite & { token: string }> {
  const now = deps.clock()
  const given = await roleToGive(deps, input)
  const expiresAt =
    input.expires_at === undefined ? new Date(now.getTime() + usualLifeMs) : new Date(input.expires_at)
  if (expiresAt <= now) throw inviteInPast({ path: 'expires_at' })
  const token = randomSecret()
  const { note, actor } = input
  const made = await deps.invites.create({
    ...{ tokenHash: sha256(token), ...given, note, createdBy: actor.name },
    ...{ createdById: actor.id, createdAt: now, expiresAt },
  })
  return { ...made, token }
}

/** Revokes an invitation. The account of one that was used stays. Throws `invite.not_found`. */
export async function revokeInvite(deps: InvitesDeps, input: { id: string }): Promise<void> {
  if (!(await deps.invites.remove(input.id))) throw inviteNotFound(input)
}

/**
 * What an invitation offers. It ends when its maker may no longer give its role: nobody leaves a door open behind them.
 * Throws `invite.not_valid`.
 */
export async function lookAtInvite(deps: InvitesDeps, input: { token: string }): Promise<Invite> {
  const found = await deps.invites.findGood(sha256(input.token), deps.clock())
  const maker = found && (await deps.users.account(found.createdById))
  if (!found || !maker || maker.disabled) throw inviteNotValid({})
  const held = permissionsOf(maker)
  const { role, custom_role: custom } = found.invite
  const wanted: Permission[] = ['users.manage', ...permissionsOf({ role, custom })]
  const isAbove = seesEverything(role) && !seesEverything(maker.role)
  if (isAbove || !wanted.every((permission) => held.has(permission))) throw inviteNotValid({})
  return found.invite
}

/**
 * Makes an account with the role of an invitation, which is used up. A name that is taken leaves it good. Throws
 * `invite.not_valid`, `user.name_taken`.
 */
export async function acceptInvite(
  deps: InvitesDeps,
  input: { token: string; username: string; password: string },
): Promise<User> {
  await lookAtInvite(deps, input)
  const taken = await deps.invites.take(sha256(input.token), input.username, deps.clock())
  if (!taken) throw inviteNotValid({})
  try {
    return await addUser(deps, { ...input, role: taken.role, customRoleId: taken.customRoleId })
  } catch (error) {
    await deps.invites.giveBack(taken.id)
    throw error
  }
}
