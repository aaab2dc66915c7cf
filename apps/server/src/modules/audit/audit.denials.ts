import type { Json } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { refusedPrefix } from './audit.chain.ts'
import { recordAudit, type AuditDeps } from './audit.usecases.ts'

/** How many attempts of one person at one thing are recorded in an hour: a page may try again every few seconds. */
const denialsAnHour = 20
const hourMs = 3600 * 1000

/**
 * Records what people and keys tried and may not do. A flood of attempts writes little: of one person and one action only so
 * many entries an hour, of which the last says that more may follow. They are counted in memory, so an attempt beyond that
 * costs nothing; a restart begins to count again.
 */
export function createDenials(deps: AuditDeps) {
  let begun = Date.now()
  let counts = new Map<string, number>()

  function countOf(actor: Actor, action: string): number {
    if (Date.now() - begun > hourMs) {
      begun = Date.now()
      counts = new Map()
    }
    const subject = `${actor.id} ${actor.key?.id ?? ''} ${action}`
    const count = (counts.get(subject) ?? 0) + 1
    counts.set(subject, count)
    return count
  }

  return {
    async record(input: {
      actor: Actor
      action: string
      target: string
      details: Record<string, Json>
      requestId: string
    }): Promise<void> {
      const count = countOf(input.actor, input.action)
      if (count > denialsAnHour) return
      await recordAudit(deps, {
        ...input,
        action: `${refusedPrefix}${input.action}`,
        details: {
          ...input.details,
          ...(count === denialsAnHour && { more_in_this_hour: 'not recorded' }),
        },
      })
    },
  }
}
