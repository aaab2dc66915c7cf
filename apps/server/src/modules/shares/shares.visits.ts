import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import { takeBack } from '../../lib/take-back.ts'
import { shareUsedUp } from './shares.errors.ts'
import type { SharesRepository, StoredShare } from './shares.repository.ts'
import { runsLeft } from './shares.state.ts'
import type { StoredVisitor } from './shares.visitors.repository.ts'

/** What beginning a visit needs. */
export type VisitDeps = {
  shares: SharesRepository
  clock: Clock
  /** Gets what could not be taken back of a visit that came to nothing. */
  onError: (error: unknown) => void
}

/** A link, and its visitor if they are known. */
type Visited = { share: StoredShare; visitor: StoredVisitor | null; own: string | null }

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

/** How the secret that a page made itself is stored. Pages may make the same one for two links. */
export const ownSecretHash = (share: Pick<StoredShare, 'id'>, own: string): string =>
  sha256(`own:${share.id}:${own}`)

/**
 * Creates a visitor. The secret is for their cookie; null if their page has made `own`, because browsers keep no cookie of
 * a page in a frame of another site.
 */
export async function createVisitor(
  deps: Pick<VisitDeps, 'shares' | 'clock'>,
  { share, own }: Pick<Visited, 'share' | 'own'>,
): Promise<{ visitor: StoredVisitor; secret: string | null }> {
  const { id: shareId, passwordHash } = share
  const add = (secretHash: string) =>
    deps.shares.addVisitor({ shareId, secretHash, passwordHash, createdAt: deps.clock() })
  if (own !== null) return { visitor: await add(ownSecretHash(share, own)), secret: null }
  const secret = randomSecret()
  return { visitor: await add(sha256(secret)), secret }
}

/** A visitor who runs or uploads something. */
type Visit = {
  actor: Actor
  /** The secret for the cookie of a new visitor. Null for one who was known. */
  secret: string | null
  /**
   * Removes a new visitor again, because what they wanted did not happen for this reason. One whom another request may know stays.
   * Never throws, so that the reason can be told.
   */
  undo: (reason: unknown) => Promise<void>
}

const undoOf =
  ({ onError }: Pick<VisitDeps, 'onError'>, steps: readonly (() => Promise<void>)[]): Visit['undo'] =>
  (error) =>
    takeBack(steps, { error, left: 'a visit that came to nothing was not taken back', onError })

/** Begins a visit. The visitor is created if they are new. */
export async function beginVisit(deps: VisitDeps, opened: Visited): Promise<Visit> {
  const { share, visitor: known } = opened
  if (known) return { actor: visitorActor(share, known), secret: null, undo: async () => {} }
  const { visitor, secret } = await createVisitor(deps, opened)
  // If the page made the secret itself, another of its requests may already be running as this visitor. If there is none, the
  // visitor is removed with those of the past.
  const steps = secret === null ? [] : [() => deps.shares.removeVisitors([visitor.id])]
  return { actor: visitorActor(share, visitor), secret, undo: undoOf(deps, steps) }
}

/** Begins the visit of somebody who runs the shared stage, and counts the run. Throws `share.used_up`. */
export async function beginCounted(
  deps: VisitDeps,
  opened: Visited,
): Promise<Visit & { runsLeft: number | null }> {
  const share = await deps.shares.consumeRun(opened.share.id, deps.clock())
  if (!share) throw shareUsedUp({})
  const refund = undoOf(deps, [() => deps.shares.refundRun(share.id)])
  try {
    const visit = await beginVisit(deps, opened)
    const undo = async (reason: unknown) => {
      await refund(reason)
      await visit.undo(reason)
    }
    return { ...visit, undo, runsLeft: runsLeft(share) }
  } catch (error) {
    await refund(error)
    throw error
  }
}
