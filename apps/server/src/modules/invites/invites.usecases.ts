import { permissionsOf, type Invite, type Role, type User } from '@vitrine/contract'
import type { InTransaction } from '../../adapters/database/database.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { rankBarrier, type HeldRights } from '../../lib/policy.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import type { OwnedRoom } from '../quotas/owned.ts'
import type { CustomRolesRepository } from '../users/custom-roles.repository.ts'
import { requireRank } from '../users/custom-roles.usecases.ts'
import { hashPassword } from '../users/users.password-hash.ts'
import type { Account, UsersRepository } from '../users/users.repository.ts'
import { roleToGive } from '../users/users.usecases.ts'
import { inviteInPast, inviteNotFound, inviteNotValid } from './invites.errors.ts'
import type { InvitesRepository } from './invites.repository.ts'

/** What the use cases of invitations need. */
export type InvitesDeps = {
  invites: InvitesRepository
  users: UsersRepository
  customRoles: Pick<CustomRolesRepository, 'find'>
  inTransaction: InTransaction<{ invites: InvitesRepository; users: UsersRepository }>
  /** Names that are tried with an invitation. `count` throws `invite.too_many_names`. */
  nameTries: Record<'count' | 'refund' | 'reset', (inviteId: string) => Promise<void>>
  clock: Clock
  owned: OwnedRoom
}

/** How long an invitation is valid unless stated otherwise, in milliseconds. */
const usualLifeMs = 7 * 24 * 3600 * 1000

/**
 * Invites somebody. Nobody invites to more than they may do themselves. Only this answer contains the token. Throws
 * `role.not_found`, `auth.not_permitted`, `invite.expiry_in_past`, `quota.invites`.
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
  const row = {
    tokenHash: sha256(token),
    ...given,
    note,
    createdBy: actor.name,
    createdById: actor.id,
    createdAt: now,
    expiresAt,
  }
  const made = await deps.owned.storeOneMore(actor, 'invites', {
    countOf: (makerId) => deps.invites.countUnused(makerId),
    store: () => deps.invites.create(row),
  })
  return { ...made, token }
}

/**
 * Revokes an invitation. The account of one that was used stays. Throws `invite.not_found`. Throws `auth.not_permitted` for an
 * invitation to more than the actor may do, and for one of somebody who may do more.
 */
export async function revokeInvite(deps: InvitesDeps, input: { actor: Actor; id: string }): Promise<void> {
  const { actor, id } = input
  const found = await deps.invites.find(id)
  if (!found) throw inviteNotFound({ id })
  requireRank(actor, offered(found.invite))
  const maker = found.createdById === actor.id ? null : await deps.users.account(found.createdById)
  if (maker) requireRank(actor, maker)
  if (!(await deps.invites.remove(id))) throw inviteNotFound({ id })
}

/** The role that an invitation offers. */
const offered = ({ role, custom_role: custom }: Invite) => ({ role, custom })

/** Whether somebody may invite to this role now. */
function mayInvite(maker: Account, held: HeldRights): boolean {
  const permissions = permissionsOf(maker)
  const barrier = rankBarrier({ role: maker.role, permissions }, held)
  return !maker.disabled && permissions.has('users.manage') && barrier === null
}

/**
 * What an invitation offers. It ends when its maker may no longer give its role, so that people who lose their rights leave no way in.
 * Throws `invite.not_valid`.
 */
export async function lookAtInvite(
  deps: {
    invites: Pick<InvitesRepository, 'findGood'>
    users: Pick<UsersRepository, 'account'>
    clock: Clock
  },
  input: { token: string },
): Promise<Invite> {
  const found = await deps.invites.findGood(sha256(input.token), deps.clock())
  const maker = found && (await deps.users.account(found.createdById))
  if (!found || !maker || !mayInvite(maker, offered(found.invite))) throw inviteNotValid({})
  return found.invite
}

/**
 * Makes the account and uses the invitation up, or does neither. No role changes meanwhile, so its maker has the rights that
 * are read.
 */
const makeAccount = (
  { inTransaction, clock }: Pick<InvitesDeps, 'inTransaction' | 'clock'>,
  { token, username, passwordHash }: { token: string; username: string; passwordHash: string },
): Promise<User> =>
  inTransaction(({ invites, users: people }) =>
    people.exclusively(async (users) => {
      await lookAtInvite({ invites, users, clock }, { token })
      const taken = await invites.take(sha256(token), username, clock())
      if (!taken) throw inviteNotValid({})
      const { role, customRoleId } = taken
      return users.create({ username, passwordHash, role, customRoleId })
    }),
  )

/**
 * Makes an account with the role of an invitation, which is used up. A name that is taken leaves it good, and counts like a
 * wrong password: whoever holds a link must not ask for names one after the other. Throws `invite.not_valid`,
 * `user.name_taken`, `invite.too_many_names`.
 */
export async function acceptInvite(
  deps: InvitesDeps,
  input: { token: string; username: string; password: string },
): Promise<User> {
  const { id } = await lookAtInvite(deps, input)
  await deps.nameTries.count(id)
  try {
    const passwordHash = await hashPassword(input.password, id)
    const user = await makeAccount(deps, { ...input, passwordHash })
    await deps.nameTries.reset(id)
    return user
  } catch (error) {
    const isGuess = error instanceof AppError && error.code === 'user.name_taken'
    if (!isGuess) await deps.nameTries.refund(id)
    throw error
  }
}
