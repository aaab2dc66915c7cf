import { type Session } from '@vitrine/contract'
import { notPermitted } from '../../../lib/access.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import type { CustomRolesRepository } from '../../users/custom-roles.repository.ts'
import type { UsersRepository } from '../../users/users.repository.ts'
import { requireRank, rolesBelow } from '../../users/custom-roles.usecases.ts'
import { sessionNotFound } from '../auth.errors.ts'
import type { ListedSession } from './sessions.repository.ts'
import { endSession, endSessionsOf, type SessionDeps } from './sessions.usecases.ts'

/** What the list of sessions needs, and ending one that is listed. */
export type ListedSessionsDeps = SessionDeps & {
  users: Pick<UsersRepository, 'account'>
  customRoles: Pick<CustomRolesRepository, 'list'>
}

/**
 * Throws `auth.not_permitted` unless the actor may read these sessions: their own, or everybody's for those who manage
 * people. An API key has no sessions of its own.
 */
function requireReach(actor: Actor, userId: string | null): void {
  if (actor.permissions.has('users.manage')) return
  if (actor.kind !== 'user' || userId !== actor.id)
    throw notPermitted({ permission: 'users.manage', scope: actor.kind === 'key' ? 'admin' : null })
}

/**
 * Throws `auth.not_permitted` if a person may do more than the actor, who then may neither see nor end their sessions.
 */
async function requireOver(
  deps: Pick<ListedSessionsDeps, 'users'>,
  actor: Actor,
  userId: string,
): Promise<void> {
  if (actor.kind === 'user' && userId === actor.id) return
  const account = await deps.users.account(userId)
  if (account) requireRank(actor, account)
}

const toSession = (row: ListedSession, current: string | undefined): Session => ({
  id: row.id,
  user_id: row.userId,
  username: row.username,
  current: row.id === current,
  address: row.address,
  user_agent: row.userAgent,
  created_at: row.createdAt.toISOString(),
  last_used_at: row.refreshedAt.toISOString(),
  expires_at: row.expiresAt.toISOString(),
})

/**
 * Lists the sessions of the actor, of one person, or of everybody who may do no more than the actor. Throws
 * `auth.not_permitted`.
 */
export async function listSessions(
  deps: Pick<ListedSessionsDeps, 'users' | 'sessions' | 'clock' | 'customRoles'>,
  input: {
    actor: Actor
    query: { everyone: boolean; user_id?: string | undefined; page: number; page_size: number }
  },
): Promise<{ items: Session[]; total: number }> {
  const { actor, query } = input
  const userId = query.user_id ?? (query.everyone ? null : actor.id)
  requireReach(actor, userId)
  if (userId !== null) await requireOver(deps, actor, userId)
  const of = userId === null ? { actorId: actor.id, below: await rolesBelow(deps, actor) } : { userId }
  const { rows, total } = await deps.sessions.list(
    { of, now: deps.clock() },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  return { items: rows.map((row) => toSession(row, actor.sessionId)), total }
}

/**
 * Ends one session at once. Throws `session.not_found`, also if it belongs to another person and the actor does not
 * manage people. Throws `auth.not_permitted` if its person may do more than the actor.
 */
export async function revokeSession(
  deps: ListedSessionsDeps,
  input: { actor: Actor; id: string },
): Promise<void> {
  const { actor, id } = input
  const found = await deps.sessions.find(id, deps.clock())
  const isOwn = actor.kind === 'user' && found?.userId === actor.id
  if (!found || !(isOwn || actor.permissions.has('users.manage'))) throw sessionNotFound({ id })
  await requireOver(deps, actor, found.userId)
  await endSession(deps, { id })
}

/** Ends all other sessions of the actor, or all of another person. Throws `auth.not_permitted`. */
export async function revokeSessions(
  deps: ListedSessionsDeps,
  input: { actor: Actor; userId: string | undefined },
): Promise<void> {
  const { actor } = input
  const userId = input.userId ?? actor.id
  requireReach(actor, userId)
  await requireOver(deps, actor, userId)
  await endSessionsOf(deps, { userId, except: actor.sessionId ?? null })
  await deps.publishKeys()
}
