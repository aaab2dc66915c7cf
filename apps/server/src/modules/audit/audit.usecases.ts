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
