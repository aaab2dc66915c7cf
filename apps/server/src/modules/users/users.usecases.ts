import { type ListQuery, type Permission, type Role, type User } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { mayOpenRaised } from '../../lib/policy.ts'
import type { CustomRolesRepository } from './custom-roles.repository.ts'
import { getCustomRole, requireRank } from './custom-roles.usecases.ts'
import {
  lastAdministrator,
  openedElsewhere as isOpenedElsewhere,
  ownAccountRemoval,
  ownPassword,
  userNotFound,
} from './users.errors.ts'
import { hashPassword } from './users.password-hash.ts'
import type { PersonNow, UsersRepository } from './users.repository.ts'

/** Effects in other modules when a user changes. Each takes effect before the request is answered. */
type UserChangeEffects = {
  /** Ends all sessions of a user. `onAccountChanged` is called after it. */
  endSessions: (userId: string) => Promise<void>
  /**
   * After a change of role, state or password, or a deletion: removes the user from caches, ends their event
   * streams and those of their keys and links, and sends the valid keys and the revoked logins to the gateway.
   */
  onAccountChanged: (userId: string) => Promise<void>
}

/**
 * Whether a sign-in with another server opens an account, or will open one of this name, so that the role may grow without anybody here.
 * `id` is null for an account that is not there yet.
 */
export type OpenedElsewhere = (account: { id: string | null; username: string }) => Promise<boolean>

/** What the use cases of users need. */
export type UsersDeps = {
  users: UsersRepository
  customRoles: Pick<CustomRolesRepository, 'find'>
  clock: Clock
  openedElsewhere: OpenedElsewhere
} & UserChangeEffects

/** A page of the people. */
export const listUsers = (deps: Pick<UsersDeps, 'users'>, query: ListQuery) => deps.users.list(query)

/** Finds a user. Throws `user.not_found`. */
export async function getUser(
  deps: { users: Pick<UsersRepository, 'get'> },
  input: { id: string },
): Promise<User> {
  const found = await deps.users.get(input.id)
  if (!found) throw userNotFound({ id: input.id })
  return found
}

/**
 * Lets only administrators set the password of an account that a sign-in with another server opens. The groups of that server may
 * give the account more than the actor has, and its owner, who uses no password, would not notice. Throws `user.opened_elsewhere`.
 */
async function requireNotOpenedElsewhere(
  { openedElsewhere }: Pick<UsersDeps, 'openedElsewhere'>,
  actor: Actor,
  account: { id: string | null; username: string },
): Promise<void> {
  if (!mayOpenRaised(actor) && (await openedElsewhere(account))) throw isOpenedElsewhere({})
}

/** A user who has just been made. */
export const newPerson = (user: User): PersonNow => ({ user, generation: 0 })

/** Creates a user. Throws `user.name_taken`. */
async function addUser(
  deps: Pick<UsersDeps, 'users'>,
  input: { actor: Actor; username: string; password: string; role: Role; customRoleId?: string | null },
): Promise<User> {
  const passwordHash = await hashPassword(input.password, input.actor.id)
  return deps.users.create({
    username: input.username,
    passwordHash,
    role: input.role,
    customRoleId: input.customRoleId ?? null,
  })
}

/** The role that somebody is to have: a custom one, whose base is `user`, or a built-in one. */
type WantedRole = { role: Role; customRoleId: string | null }

/** A custom role that is asked for; null if none is. */
type AskedRole = { id: string; permissions: Permission[] } | null

/** Throws `role.not_found`. */
const askedRole = async (
  deps: Pick<UsersDeps, 'customRoles'>,
  { custom_role_id: id }: { custom_role_id?: string | null | undefined },
): Promise<AskedRole> => (id == null ? null : getCustomRole(deps, { id }))

/** Throws `auth.not_permitted` if the actor has not all that the role permits. */
function wantedRole(actor: Actor, asked: { role: Role; custom: AskedRole }): WantedRole {
  const { custom } = asked
  const role = custom === null ? asked.role : 'user'
  requireRank(actor, { role, custom })
  return { role, customRoleId: custom?.id ?? null }
}

/** The role that an actor may give to somebody else. Throws `role.not_found`, `auth.not_permitted`. */
export async function roleToGive(
  deps: Pick<UsersDeps, 'customRoles'>,
  input: { actor: Actor; role: Role; custom_role_id?: string | null | undefined },
): Promise<WantedRole> {
  const custom = await askedRole(deps, input)
  return wantedRole(input.actor, { role: input.role, custom })
}

/**
 * Creates a user with a role that the actor may give. Throws `user.name_taken`, `role.not_found`, `auth.not_permitted`, and
 * `user.opened_elsewhere` for a name that a sign-in with another server would open.
 */
export async function addUserAs(
  deps: Pick<UsersDeps, 'users' | 'customRoles' | 'openedElsewhere'>,
  input: {
    actor: Actor
    username: string
    password: string
    role: Role
    custom_role_id?: string | null | undefined
  },
): Promise<User> {
  await requireNotOpenedElsewhere(deps, input.actor, { id: null, username: input.username })
  return addUser(deps, { ...input, ...(await roleToGive(deps, input)) })
}

/** The role after a change: what is not stated stays, and a built-in role replaces a custom one. */
function nextRole(
  input: { actor: Actor; role?: Role; custom_role_id?: string | null },
  custom: AskedRole,
  found: User,
): WantedRole {
  const isStated = input.role !== undefined || input.custom_role_id !== undefined
  if (!isStated) return { role: found.role, customRoleId: found.custom_role?.id ?? null }
  return wantedRole(input.actor, { role: input.role ?? found.role, custom })
}

/**
 * Changes the role, state or password of a user who may do no more than the actor. Each of these changes makes earlier tokens invalid. A new
 * password or a disabled account also ends the user's sessions. Throws `user.not_found`,
 * `user.last_administrator`, `user.opened_elsewhere`, and `user.own_password` for the actor's own, which needs the current one: otherwise whoever has taken over a
 * session, or a key for a while, could keep the account.
 */
export async function changeUser(
  deps: UsersDeps,
  input: {
    actor: Actor
    id: string
    role?: Role
    custom_role_id?: string | null
    disabled?: boolean
    password?: string
  },
): Promise<User> {
  if (input.password !== undefined && input.id === input.actor.id) throw ownPassword({})
  const { password, actor } = input
  const passwordHash = password === undefined ? undefined : await hashPassword(password, actor.id)
  // Before the transaction: in it, a second connection could be waited for by all who have one.
  const custom = await askedRole(deps, input)
  if (input.password !== undefined)
    await requireNotOpenedElsewhere(deps, input.actor, await getUser(deps, input))
  const { before, after } = await deps.users.exclusively(async (users) => {
    const found = await getUser({ users }, input)
    requireRank(input.actor, { role: found.role, custom: found.custom_role })
    const heldId = found.custom_role?.id ?? null
    const wanted = nextRole(input, custom, found)
    const losesAdministration =
      found.role === 'admin' && !found.disabled && (input.disabled === true || wanted.role !== 'admin')
    if (losesAdministration && (await users.otherAdministrators(input.id)) === 0)
      throw lastAdministrator({ id: input.id })
    const changes =
      passwordHash !== undefined ||
      wanted.role !== found.role ||
      wanted.customRoleId !== heldId ||
      (input.disabled !== undefined && input.disabled !== found.disabled)
    if (!changes) return { before: found, after: found }
    const updated = await users.update(input.id, {
      role: wanted.role,
      customRoleId: wanted.customRoleId,
      disabled: input.disabled,
      passwordHash,
      endsTokensAt: deps.clock(),
    })
    return { before: found, after: updated ?? found }
  })
  if (after === before) return after
  if (passwordHash !== undefined || after.disabled) await deps.endSessions(after.id)
  await deps.onAccountChanged(after.id)
  return after
}

/**
 * Removes a user with their sessions and keys. Throws `user.not_found`, `user.own_account`,
 * `user.last_administrator`.
 */
export async function removeUser(deps: UsersDeps, input: { id: string; actor: Actor }): Promise<void> {
  if (input.actor.id === input.id) throw ownAccountRemoval({ id: input.id })
  await deps.users.exclusively(async (users) => {
    const found = await getUser({ users }, input)
    requireRank(input.actor, { role: found.role, custom: found.custom_role })
    if (found.role === 'admin' && !found.disabled && (await users.otherAdministrators(found.id)) === 0)
      throw lastAdministrator({ id: found.id })
    await users.remove(found.id, deps.clock())
  })
  await deps.onAccountChanged(input.id)
}
