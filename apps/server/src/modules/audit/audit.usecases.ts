import type { Json, ListQuery } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { AuditRepository } from './audit.repository.ts'

/** What the audit log needs. */
export type AuditDeps = { audit: AuditRepository }

/** The name of an actor in the log: a person's name, a key with its owner, or an instance with its service. */
function nameOf(actor: Actor): string {
  if (actor.kind === 'key') return `${actor.name} (key ${actor.key?.name ?? actor.id})`
  return actor.kind === 'instance' ? `${actor.id} (instance ${actor.name})` : actor.name
}

/** Writes one entry of the audit log. `actor` is a name if nobody was signed in. `details` must not hold a secret. */
export function recordAudit(
  deps: AuditDeps,
  input: {
    actor: Actor | string
    action: string
    target: string
    details: Record<string, Json>
    requestId: string | null
  },
): Promise<void> {
  const actor = typeof input.actor === 'string' ? input.actor : nameOf(input.actor)
  return deps.audit.add({ ...input, actor })
}

export const listAudit = (deps: AuditDeps, query: ListQuery) => deps.audit.list(query)

/** The action under which failed sign-ins are recorded. */
const failedSignIn = 'refused POST /auth/login'
/** How many failed sign-ins are recorded in an hour, and how long they are kept, in milliseconds. */
const failuresAnHour = 200
const failuresKeptMs = 90 * 24 * 3600 * 1000

/**
 * Records a failed sign-in. The rate limit bounds how many one address can cause; the
 * number in an hour bounds what many addresses can cause together, and the last entry of an hour says so. `username`
 * is null for a text that cannot be a name, because it may be a password that was typed into the wrong field.
 */
export async function recordFailedSignIn(
  deps: AuditDeps,
  input: {
    username: string | null
    reason: string
    status: number
    remoteAddress: string
    requestId: string
  },
): Promise<void> {
  const { username, reason, status, remoteAddress, requestId } = input
  const before = await deps.audit.countOfLastHour(failedSignIn)
  if (before >= failuresAnHour) return
  const isLast = before === failuresAnHour - 1
  await recordAudit(deps, {
    actor: 'anonymous',
    action: failedSignIn,
    target: username ?? '',
    details: {
      status,
      remote_address: remoteAddress,
      fields: ['reason', ...(isLast ? ['more_in_this_hour'] : [])],
      values: { reason, ...(isLast && { more_in_this_hour: 'not recorded' }) },
    },
    requestId,
  })
}

/** Removes failed sign-ins that are older than ninety days. All other entries are kept. */
export const forgetOldFailures = (deps: AuditDeps, now: Date): Promise<void> =>
  deps.audit.removeOlder(failedSignIn, new Date(now.getTime() - failuresKeptMs))
