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

/** The actions under which wrong passwords are recorded. */
const failedChecks = ['refused POST /auth/login', 'refused POST /auth/password'] as const
/** How many of one action are recorded in an hour, and how long they are kept, in milliseconds. */
const failuresAnHour = 200
const failuresKeptMs = 90 * 24 * 3600 * 1000

/**
 * Records a wrong password: at sign-in, where nobody is signed in yet (`actor` is null), or as the current one of a
 * person who changes it. The rate limit bounds how many one address can cause; the number in an hour
 * bounds what many addresses can cause together, and the last entry of an hour says so. `username` is null for a text
 * that cannot be a name, because it may be a password that was typed into the wrong field.
 */
export async function recordFailedCheck(
  deps: AuditDeps,
  input: {
    actor: Actor | null
    action: (typeof failedChecks)[number]
    username: string | null
    reason: string
    status: number
    remoteAddress: string
    requestId: string
  },
): Promise<void> {
  const { actor, action, username, reason, status, remoteAddress, requestId } = input
  const before = await deps.audit.countOfLastHour(action)
  if (before >= failuresAnHour) return
  const isLast = before === failuresAnHour - 1
  await recordAudit(deps, {
    actor: actor ?? 'anonymous',
    action,
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

/** Removes entries about wrong passwords that are older than ninety days. All other entries are kept. */
export const forgetOldFailures = (deps: AuditDeps, now: Date): Promise<void> =>
  deps.audit.removeOlder(failedChecks, new Date(now.getTime() - failuresKeptMs))
