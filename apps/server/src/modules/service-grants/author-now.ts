import { permissionsOf, seesEverything } from '@vitrine/contract'
import { platformActor, type Actor, type HeldGrant } from '../../lib/actor.ts'
import type { UsersRepository } from '../users/users.repository.ts'

/** What groups of services grant to a person now. */
export type GrantsOf = (userId: string) => Promise<HeldGrant[]>

/** The actor with what groups of services grant them. A key that is limited to services gains nothing by grants. */
export const withGrants = async ({ grantsOf }: { grantsOf: GrantsOf }, actor: Actor): Promise<Actor> =>
  seesEverything(actor.role) || actor.serviceIds !== null
    ? actor
    : { ...actor, grants: await grantsOf(actor.id) }

/** What finding the author of earlier work needs. */
export type AuthorDeps = {
  users: Pick<UsersRepository, 'account'>
  grantsOf: GrantsOf
  /** The API keys with which something was asked for. Null for one that is revoked or not in force. */
  keys: { actorOf: (keyId: string) => Promise<Actor | null> }
}

/** Who asked for work that goes on without them: a person, perhaps for some services only, or with an API key. */
export type Author = { id: string; keyId: string | null; serviceIds: readonly string[] | null }

/** The author of earlier work, with what they may do now. Null if they are gone or disabled, or their key is not in force any more. */
export async function authorNow(deps: AuthorDeps, { id, keyId, serviceIds }: Author): Promise<Actor | null> {
  if (id === platformActor.id) return platformActor
  if (keyId !== null) {
    const key = await deps.keys.actorOf(keyId)
    return key && withGrants(deps, key)
  }
  const account = await deps.users.account(id)
  if (!account || account.disabled) return null
  const { username: name, role } = account
  return withGrants(deps, { kind: 'user', id, name, role, permissions: permissionsOf(account), serviceIds })
}
