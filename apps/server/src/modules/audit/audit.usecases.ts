import type { AuditFilter, Json, ListQuery } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { redactedSentence, type AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import { refusalsKeptMs } from './audit.chain.ts'
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
  const { actor, ...stated } = input
  return typeof actor === 'string'
    ? deps.audit.add({ ...stated, actor, actorId: null })
    : deps.audit.add({ ...stated, actor: nameOf(actor), actorId: actor.id })
}

/** A page of the audit log. */
export const listAudit = (deps: AuditDeps, query: ListQuery & AuditFilter) => deps.audit.list(query)

/** The actions under which wrong passwords of people, and wrong tokens of the set-up link and of invitations, are recorded. */
const failedChecks = [
  'refused POST /auth/login',
  'refused POST /auth/password',
  'refused POST /auth/second-factor',
  'refused POST /auth/oidc/finish',
  'refused POST /setup',
  'refused POST /invites/accept',
] as const
/** The action under which webhooks are recorded that were refused. */
const refusedHooks = 'refused POST /hooks/gitea'
/** The action under which wrong passwords of share links are recorded. */
const refusedVisitors = 'refused POST /public/shares/{token}/unlock'
/** How many of one action are recorded in an hour. */
const failuresAnHour = 200

/** What is known of every refusal. `reason` is its code, and `because` the sentence for people. */
type Refused = { reason: string; because: Words; remoteAddress: string; requestId: string }

/** The sentence of an error for the log, whose readers may not read all that errors quote. */
export const becauseOf = (error: AppError): Words => redactedSentence(error.code) ?? wordsOfError(error)

/**
 * Records a refusal that anybody can cause. Only so many of one action are recorded in an hour, and the last one says so.
 */
async function recordRefusal(
  deps: AuditDeps,
  input: {
    actor: Actor | string
    action: (typeof failedChecks)[number] | typeof refusedHooks | typeof refusedVisitors
    target: string
    status: number
  } & Refused,
): Promise<void> {
  const { actor, action, target, reason, because, status, remoteAddress, requestId } = input
  const before = await deps.audit.countOfLastHour(action)
  if (before >= failuresAnHour) return
  const isLast = before === failuresAnHour - 1
  await recordAudit(deps, {
    actor,
    action,
    target,
    details: {
      status,
      remote_address: remoteAddress,
      fields: ['reason', ...(isLast ? ['more_in_this_hour'] : [])],
      because,
      values: { reason, ...(isLast && { more_in_this_hour: 'not recorded' }) },
    },
    requestId,
  })
}

/** Records a webhook that was refused. `serviceId` is the service that it names, whether there is one or not. */
export const recordRefusedHook = (
  deps: AuditDeps,
  { serviceId: target, ...about }: { serviceId: string } & Refused,
): Promise<void> =>
  recordRefusal(deps, { actor: 'anonymous', action: refusedHooks, target, status: 401, ...about })

/** Records a wrong password of a share link. `shareId` is the id of the link, which opens nothing. */
export const recordRefusedVisitor = (
  deps: AuditDeps,
  { shareId: target, ...about }: { shareId: string } & Refused,
): Promise<void> =>
  recordRefusal(deps, { actor: 'anonymous', action: refusedVisitors, target, status: 401, ...about })

/**
 * Records a wrong password: at sign-in, where nobody is signed in yet (`actor` is null), or as the current one of a
 * person who changes it; or a wrong token of the set-up link or of an invitation. The rate limit bounds how many one address can cause; the number in an hour
 * bounds what many addresses can cause together, and the last entry of an hour says so. `username` is null for a text
 * that cannot be a name, because it may be a password that was typed into the wrong field.
 */
export function recordFailedCheck(
  deps: AuditDeps,
  input: {
    actor: Actor | null
    action: (typeof failedChecks)[number]
    username: string | null
    status: number
  } & Refused,
): Promise<void> {
  const { actor, username, ...about } = input
  return recordRefusal(deps, { actor: actor ?? 'anonymous', target: username ?? '', ...about })
}

/** Removes the contents of refusals that are older than ninety days. All other entries are kept. */
export const forgetOldFailures = (deps: AuditDeps, now: Date): Promise<void> =>
  deps.audit.eraseRefusals(new Date(now.getTime() - refusalsKeptMs))
