import type { Actor } from '../../../lib/actor.ts'
import { createOpenCounts, type Bounded } from '../../quotas/open-counts.ts'
import { linkResultsFull, resultsFull, tooManyRuns } from '../../quotas/quotas.errors.ts'
import { payerOf, quotasOf, type Quotas, type QuotaTable } from '../../quotas/quotas.ts'
import type { RunOwner, RunsRepository } from '../runs.repository.ts'

/** Decides whether somebody may start another run, and counts the runs that wait or run. */
export type RunAdmission = {
  /**
   * Takes a place for each of `count` new runs, or for none of them. `network` is the network of a visitor. Throws
   * `quota.runs`, `quota.results` or `quota.link_results`. Returns functions that give the places back.
   */
  take: (actor: Actor, options?: { count?: number; network?: string | undefined }) => Promise<(() => void)[]>
  /** Counts a run that an earlier control plane had begun, even if this exceeds the bounds. */
  takeAgain: (owner: RunOwner) => () => void
  /** Makes the next run of an owner sum up their stored bytes again, because some were deleted. */
  forget: (owner: RunOwner) => void
}

type Deps = { runs: Pick<RunsRepository, 'storedBytes'>; quotas: QuotaTable; clock: () => Date }

/** How long a sum of stored bytes is used again, in milliseconds, so that not every new run sums them up. */
const sumForMs = 2_000
/**
 * The most runs at once. Anybody can get a new visitor cookie, so runs are also counted per network, with a larger
 * bound because an office shares one.
 */
const visitorRuns = { visitor: 3, network: 10 }

/** On whose account the runs of an actor count. */
export const runOwnerOf = ({ id, linksOf }: Actor): RunOwner => ({
  createdById: id,
  linksOf: linksOf ?? null,
})

/** One name for the person or visitor for whom a run counts. */
export const runPayerOf = ({ createdById, linksOf }: RunOwner): string =>
  payerOf({ id: createdById, ...(linksOf !== null && { linksOf }) })

function placesOf(owner: RunOwner, { runs }: Pick<Quotas, 'runs'>, network?: string): Bounded[] {
  const payer = { key: runPayerOf(owner), limit: runs }
  if (owner.linksOf === null) return [payer]
  return [
    { key: owner.createdById, limit: visitorRuns.visitor },
    ...(network === undefined ? [] : [{ key: `${payer.key} from ${network}`, limit: visitorRuns.network }]),
    payer,
  ]
}

export function createRunAdmission({ runs, quotas, clock }: Deps): RunAdmission {
  const counts = createOpenCounts()
  const sums = new Map<string, { until: number; bytes: Promise<number> }>()

  function storedBytes(owner: RunOwner): Promise<number> {
    const payer = runPayerOf(owner)
    const now = clock().getTime()
    const known = sums.get(payer)
    if (known && known.until > now) return known.bytes
    const bytes = runs.storedBytes(owner)
    sums.set(payer, { until: now + sumForMs, bytes })
    bytes.catch(() => sums.delete(payer))
    return bytes
  }

  async function requireRoom(owner: RunOwner, { resultBytes }: Quotas): Promise<void> {
    const used = await storedBytes(owner)
    if (used < resultBytes) return
    if (owner.linksOf !== null) throw linkResultsFull({})
    throw resultsFull({ limit_bytes: resultBytes, used_bytes: used })
  }

  return {
    async take(actor, { count = 1, network } = {}) {
      const own = quotasOf(quotas, actor)
      if (!own) return Array.from({ length: count }, () => () => {})
      const owner = runOwnerOf(actor)
      await requireRoom(owner, own)
      const places = placesOf(owner, own, network)
      const taken: (() => void)[] = []
      for (let n = 0; n < count; n += 1) {
        const place = counts.take(places)
        if ('giveBack' in place) taken.push(place.giveBack)
        else {
          for (const giveBack of taken) giveBack()
          const { key, limit } = place.full
          throw tooManyRuns({ limit, of: key === owner.createdById ? 'person' : 'link' })
        }
      }
      return taken
    },
    takeAgain(owner) {
      const without = { runs: Number.POSITIVE_INFINITY }
      const places = placesOf(owner, without).map(({ key }) => ({ key, limit: Number.POSITIVE_INFINITY }))
      const place = counts.take(places)
      return 'giveBack' in place ? place.giveBack : () => {}
    },
    forget: (owner) => void sums.delete(runPayerOf(owner)),
  }
}
