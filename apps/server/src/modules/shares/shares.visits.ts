import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import { shareUsedUp } from './shares.errors.ts'
import type { SharesRepository, StoredShare, StoredVisitor } from './shares.repository.ts'
import { runsLeft } from './shares.state.ts'

/** What beginning a visit needs. */
export type VisitDeps = { shares: SharesRepository; clock: Clock }

/** A link, and its visitor if they are known. */
type Visited = { share: StoredShare; visitor: StoredVisitor | null }

/** A visitor as an actor for the use cases of runs and media. They own what they made, and may do nothing else. */
export const visitorActor = (share: StoredShare, visitor: StoredVisitor): Actor => ({
  kind: 'visitor',
  id: visitor.id,
  name: `visitor of link ${share.id.slice(0, 8)}`,
  role: 'viewer',
  permissions: new Set(),
  serviceIds: share.kind === 'stage' ? [share.targetId] : [],
  linksOf: share.createdById,
})

/** Creates a visitor. The secret is for their cookie. */
export async function createVisitor(
  deps: VisitDeps,
  share: StoredShare,
): Promise<{ visitor: StoredVisitor; secret: string }> {
  const secret = randomSecret()
  const { id: shareId, passwordHash } = share
  const row = { shareId, secretHash: sha256(secret), passwordHash, createdAt: deps.clock() }
  return { visitor: await deps.shares.addVisitor(row), secret }
}

/** A visitor who runs or uploads something. */
type Visit = {
  actor: Actor
  /** The secret for the cookie of a new visitor. Null for one who was known. */
  secret: string | null
  /** Removes a new visitor again, because what they wanted did not happen. */
  undo: () => Promise<void>
}

/** Begins a visit. The visitor is created if they are new. */
export async function beginVisit(deps: VisitDeps, { share, visitor: known }: Visited): Promise<Visit> {
  if (known) return { actor: visitorActor(share, known), secret: null, undo: async () => {} }
  const { visitor, secret } = await createVisitor(deps, share)
  const undo = () => deps.shares.removeVisitors([visitor.id])
  return { actor: visitorActor(share, visitor), secret, undo }
}

/** Begins the visit of somebody who runs the shared stage, and counts the run. Throws `share.used_up`. */
export async function beginCounted(
  deps: VisitDeps,
  opened: Visited,
): Promise<Visit & { runsLeft: number | null }> {
  const share = await deps.shares.consumeRun(opened.share.id, deps.clock())
  if (!share) throw shareUsedUp({})
  const refund = () => deps.shares.refundRun(share.id)
  try {
    const visit = await beginVisit(deps, opened)
    const undo = async () => void (await Promise.all([visit.undo(), refund()]))
    return { ...visit, undo, runsLeft: runsLeft(share) }
  } catch (error) {
    await refund()
    throw error
  }
}
