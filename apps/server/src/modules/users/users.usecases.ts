import type { ListQuery, Role, User } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { lastAdministrator, ownAccountRemoval, userNotFound } from './users.errors.ts'
import { hashPassword } from './users.passwords.ts'
import type { UsersRepository } from './users.repository.ts'

/** What other modules do when a person changed; each takes effect before the change is answered. */
type UserChangeEffects = {
  /** Ends all sessions of a person; `onAccountChanged` follows. */
  endSessions: (userId: string) => Promise<void>
  /** Role, state or existence changed: forget what is cached of the person. */
  onAccountChanged: (userId: string) => Promise<void>
  /** The set of API keys that work, or what they may do, has changed. */
  publishKeys: () => Promise<void>
}

/** What the use cases of people work with. */
export type UsersDeps = { users: UsersRepository; clock: Clock } & UserChangeEffects

export const listUsers = (deps: Pick<UsersDeps, 'users'>, query: ListQuery) => deps.users.list(query)

/** Throws `user.not_found`. */
export async function getUser(
  deps: { users: Pick<UsersRepository, 'get'> },
  input: { id: string },
): Promise<User> {
  const found = await deps.users.get(input.id)
  if (!found) throw userNotFound({ id: input.id })
  return found
}

/** Throws `user.name_taken`. */
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
 * Changes role, state or password of a person. Tokens made before a change of any of them are refused; a new password or a
 * disabled account ends the person's sessions too. Throws `user.not_found`, `user.last_administrator`.
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
  if (after.role !== before.role || after.disabled !== before.disabled) await deps.publishKeys()
  return after
}

/** Removes a person with their sessions and keys. Throws `user.not_found`, `user.own_account`, `user.last_administrator`. */
export async function removeUser(deps: UsersDeps, input: { id: string; actor: Actor }): Promise<void> {
  if (input.actor.id === input.id) throw ownAccountRemoval({ id: input.id })
  await deps.users.exclusively(async (users) => {
    const found = await getUser({ users }, input)
    if (found.role === 'admin' && !found.disabled && (await users.otherAdministrators(found.id)) === 0)
      throw lastAdministrator({ id: found.id })
    await users.remove(found.id)
  })
  await deps.onAccountChanged(input.id)
  await deps.publishKeys()
}
