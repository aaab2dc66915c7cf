import type { ListQuery, Role, User } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { lastAdministrator, ownAccountRemoval, userNotFound } from './users.errors.ts'
import { hashPassword } from './users.password-hash.ts'
import type { UsersRepository } from './users.repository.ts'

/** Effects in other modules when a user changes. Each takes effect before the request is answered. */
type UserChangeEffects = {
  /** Ends all sessions of a user. `onAccountChanged` is called after it. */
  endSessions: (userId: string) => Promise<void>
  /**
   * After a change of role, state or password, or a deletion: removes the user from caches, ends their event
   * streams and those of their keys and links, and tells the gateway the valid keys and the revoked logins.
   */
  onAccountChanged: (userId: string) => Promise<void>
}

/** What the use cases of users need. */
export type UsersDeps = { users: UsersRepository; clock: Clock } & UserChangeEffects

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

/** Creates a user. Throws `user.name_taken`. */
export async function addUser(
  deps: Pick<UsersDeps, 'users' | 'clock'>,
  input: { username: string; password: string; role: Role },
): Promise<User> {
  const passwordHash = await hashPassword(input.password)
  return deps.users.create({
    username: input.username,
    passwordHash,
    role: input.role,
    tokensValidFrom: deps.clock(),
  })
}

/**
 * Changes the role, state or password of a user. Each of these changes makes earlier tokens invalid. A new
 * password or a disabled account also ends the user's sessions. Throws `user.not_found`,
 * `user.last_administrator`.
 */
export async function changeUser(
  deps: UsersDeps,
  input: { id: string; role?: Role; disabled?: boolean; password?: string },
): Promise<User> {
  const passwordHash = input.password === undefined ? undefined : await hashPassword(input.password)
  const { before, after } = await deps.users.exclusively(async (users) => {
    const found = await getUser({ users }, input)
    const losesAdministration =
      found.role === 'admin' &&
      !found.disabled &&
      (input.disabled === true || (input.role !== undefined && input.role !== 'admin'))
    if (losesAdministration && (await users.otherAdministrators(input.id)) === 0)
      throw lastAdministrator({ id: input.id })
    const changes =
      passwordHash !== undefined ||
      (input.role !== undefined && input.role !== found.role) ||
      (input.disabled !== undefined && input.disabled !== found.disabled)
    if (!changes) return { before: found, after: found }
    const updated = await users.update(input.id, {
      role: input.role,
      disabled: input.disabled,
      passwordHash,
      tokensValidFrom: deps.clock(),
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
    if (found.role === 'admin' && !found.disabled && (await users.otherAdministrators(found.id)) === 0)
      throw lastAdministrator({ id: found.id })
    await users.remove(found.id, deps.clock())
  })
  await deps.onAccountChanged(input.id)
}
