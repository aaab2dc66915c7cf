/**
 * How much may be under way at once: of everybody together, and of one person. `reserve` is how much more may be, of people who have
 * nothing under way: where work lasts as long as somebody likes, a few people could else keep all places from the others.
 */
export type FairBounds = { atOnce: number; perPerson: number; reserve?: number }

/**
 * Whose work is next: of the people who wait and are below their own bound, the one with the least work under
 * way; of several, the one who was served longest ago, or never. Null if nobody may go on. Pure.
 *
 * @param served when each was last served, as a number that grows
 */
export function nextPerson(
  waiting: Iterable<string>,
  state: { underWay: ReadonlyMap<string, number>; served: ReadonlyMap<string, number>; perPerson: number },
): string | null {
  const countOf = (person: string) => state.underWay.get(person) ?? 0
  const servedAt = (person: string) => state.served.get(person) ?? 0
  const [next = null] = [...waiting]
    .filter((person) => countOf(person) < state.perPerson)
    .toSorted((one, other) => countOf(one) - countOf(other) || servedAt(one) - servedAt(other))
  return next
}

/** Gives turns to people, so that the work of one delays the work of another as little as possible. */
export type FairQueue = {
  /**
   * Waits for a turn. Resolves with the function that ends it; a second call of that has no effect. Rejects
   * with the signal's reason if that aborts first.
   */
  enter: (person: string, signal?: AbortSignal) => Promise<() => void>
  /** Begins a turn at once, for work that is already under way. Returns the function that ends it. */
  take: (person: string) => () => void
  /** Lets in who may go on now. The queue does not notice by itself that its bounds have grown. */
  admit: () => void
  /** How much waits. */
  waiting: () => number
  /** Whether nothing is under way and nobody waits. */
  isIdle: () => boolean
}

/** Creates a queue. The bounds are read at each turn, so they may change: see `admit`. */
export function createFairQueue(bounds: () => FairBounds): FairQueue {
  const underWay = new Map<string, number>()
  /** When each person was last served, while anything is under way or waits. */
  const served = new Map<string, number>()
  let moment = 0
  /** The work that waits, by person. */
  const waiting = new Map<string, Set<() => void>>()
  let total = 0

  function add(person: string, change: 1 | -1): void {
    total += change
    const count = (underWay.get(person) ?? 0) + change
    if (count === 0) underWay.delete(person)
    else underWay.set(person, count)
    if (total === 0 && waiting.size === 0) served.clear()
  }

  function take(person: string): () => void {
    add(person, 1)
    served.set(person, ++moment)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      add(person, -1)
      admit()
    }
  }

  function remove(person: string, begin: () => void): void {
    const own = waiting.get(person)
    own?.delete(begin)
    if (own?.size === 0) waiting.delete(person)
  }

  function admit(): void {
    for (;;) {
      const { atOnce, perPerson: most, reserve = 0 } = bounds()
      const perPerson = total < atOnce ? most : Math.min(1, most)
      const hasPlace = total < atOnce + reserve
      const person = hasPlace ? nextPerson(waiting.keys(), { underWay, served, perPerson }) : null
      const own = person === null ? undefined : waiting.get(person)
      const [begin] = own ?? []
      if (person === null || own === undefined || begin === undefined) return
      remove(person, begin)
      begin()
    }
  }

  return {
    take,
    admit,
    waiting: () => [...waiting.values()].reduce((sum, own) => sum + own.size, 0),
    isIdle: () => total === 0 && waiting.size === 0,
    async enter(person, signal) {
      signal?.throwIfAborted()
      const endTurn = await new Promise<(() => void) | null>((resolve) => {
        const begin = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve(take(person))
        }
        const giveUp = () => {
          remove(person, begin)
          resolve(null)
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        waiting.set(person, (waiting.get(person) ?? new Set()).add(begin))
        admit()
      })
      if (endTurn) return endTurn
      throw signal?.reason
    },
  }
}
