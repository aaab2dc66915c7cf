/** The memory that one piece of work holds of a {@link ByteRoom}. */
export type Hold = {
  /**
   * Aborts when the signal that the hold was opened with does, and with {@link RoomReclaimed} when others need the room. Then
   * the work ends.
   */
  signal: AbortSignal
  /** Waits until there is room for so many more bytes, and holds them. Rejects with the reason of the signal. */
  take: (bytes: number) => Promise<void>
  /** Gives so many of the held bytes back. */
  give: (bytes: number) => void
  /** Gives all of them back. It is no fault to end twice; otherwise the hold is not used afterwards. */
  end: () => void
}

/** Memory that pieces of work use together, of which each needs more as it goes on. `person` is one name for whoever it is for. */
export type ByteRoom = { open(person: string, signal: AbortSignal): Hold }

/** How large a room is. */
export type RoomBounds = {
  /** All of it, bytes. */
  bytes: number
  /** What one person may hold of it, bytes. */
  perPerson: number
  /** What each hold has besides, bytes, so that small work waits for nobody. */
  free: number
  /** How long a person waits for the memory that others hold before some of it is reclaimed, milliseconds. */
  patienceMs: number
}

/** Others waited for the memory that a piece of work held beyond its share. */
export class RoomReclaimed extends Error {
  constructor() {
    super('others need the memory')
  }
}

type Waiting = { bytes: number; enter: () => void }
type Holder = { person: string; held: number; waiting: Waiting[]; reclaim: () => void }

/** What counts of the holds within the bounds, by person and together. */
class Counts {
  readonly #bounds: RoomBounds
  readonly #ofPerson = new Map<string, number>()
  #all = 0

  constructor(bounds: RoomBounds) {
    this.#bounds = bounds
  }

  /** What of so many held bytes counts. */
  #counted(own: number): number {
    return Math.max(0, own - this.#bounds.free)
  }

  needsRoom(before: number, now: number): boolean {
    return this.#counted(now) > this.#counted(before)
  }

  /** Whether so many held bytes alone are more than the share of a person. */
  exceedsShare(own: number): boolean {
    return this.#counted(own) > this.#bounds.perPerson
  }

  /** Why a person cannot hold `now` instead of `before`; null if they can. */
  obstacle(person: string, before: number, now: number): 'person' | 'all' | null {
    if (!this.needsRoom(before, now)) return null
    const change = this.#counted(now) - this.#counted(before)
    const { bytes, perPerson } = this.#bounds
    if ((this.#ofPerson.get(person) ?? 0) + change > perPerson) return 'person'
    return this.#all + change > bytes ? 'all' : null
  }

  change(person: string, before: number, now: number): void {
    const change = this.#counted(now) - this.#counted(before)
    const own = (this.#ofPerson.get(person) ?? 0) + change
    if (own === 0) this.#ofPerson.delete(person)
    else this.#ofPerson.set(person, own)
    this.#all += change
  }
}

class Room implements ByteRoom {
  readonly #patienceMs: number
  readonly #counts: Counts
  /** In the order in which they were opened. */
  readonly #holders = new Set<Holder>()
  /** The one that is beyond the bounds. Nothing of it counts. */
  #beyond: Holder | null = null
  /** Who waits for another person, until patience ends. */
  #watched: { waiting: Waiting; timer: NodeJS.Timeout } | null = null

  constructor(bounds: RoomBounds) {
    this.#patienceMs = bounds.patienceMs
    this.#counts = new Counts(bounds)
  }

  open(person: string, given: AbortSignal): Hold {
    const reclaimed = new AbortController()
    const signal = AbortSignal.any([given, reclaimed.signal])
    const reclaim = () => reclaimed.abort(new RoomReclaimed())
    const holder: Holder = { person, held: 0, waiting: [], reclaim }
    this.#holders.add(holder)
    return {
      signal,
      take: (wanted) => this.#take(holder, wanted, signal),
      give: (bytes) => this.#give(holder, bytes),
      end: () => {
        this.#holders.delete(holder)
        this.#give(holder, holder.held)
      },
    }
  }

  #take(holder: Holder, wanted: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = () => {
        holder.waiting = holder.waiting.filter((each) => each !== waiting)
        reject(signal.reason)
        // Others may have waited behind it.
        this.#admit()
      }
      const waiting = {
        bytes: wanted,
        enter: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      holder.waiting.push(waiting)
      this.#admit()
    })
  }

  #give(holder: Holder, bytes: number): void {
    const now = holder.held - bytes
    if (holder !== this.#beyond) this.#counts.change(holder.person, holder.held, now)
    holder.held = now
    this.#admit()
  }

  /** Lets in those of a holder, in order, that may enter. Returns what stops the next. */
  #admitOf(holder: Holder): 'person' | 'all' | null {
    for (let next = holder.waiting[0]; next !== undefined; next = holder.waiting[0]) {
      const obstacle = this.#hold(holder, next.bytes)
      if (obstacle !== null) return obstacle
      holder.waiting.shift()
      next.enter()
    }
    return null
  }

  #hold(holder: Holder, wanted: number): 'person' | 'all' | null {
    const { person, held } = holder
    const now = held + wanted
    const obstacle = holder === this.#beyond ? null : this.#counts.obstacle(person, held, now)
    if (obstacle !== null && this.#beyond !== null) return obstacle
    if (obstacle !== null) {
      this.#beyond = holder
      this.#counts.change(person, held, 0)
    } else if (holder !== this.#beyond) this.#counts.change(person, held, now)
    holder.held = now
    return null
  }

  #admit(): void {
    this.#takeBackIfItFits()
    // Also if one that was opened before it waits: it would wait for this one.
    if (this.#beyond) this.#admitOf(this.#beyond)
    let isFull = false
    for (const holder of this.#holders)
      // Who waits for their own share holds up nobody. Behind one for which there is no room, only what needs none enters.
      if (!isFull || this.#needsNone(holder)) isFull = this.#admitOf(holder) === 'all' || isFull
    this.#watchWaiting()
  }

  #needsNone({ held, waiting: [next] }: Holder): boolean {
    return next !== undefined && !this.#counts.needsRoom(held, held + next.bytes)
  }

  #takeBackIfItFits(): void {
    const beyond = this.#beyond
    if (beyond === null || this.#counts.obstacle(beyond.person, 0, beyond.held) !== null) return
    this.#counts.change(beyond.person, 0, beyond.held)
    this.#beyond = null
  }

  /** Ends what obstructs the first that waits for another person if it waits for long. */
  #watchWaiting(): void {
    const waiting = this.#obstructed()?.waiting ?? null
    if (waiting === (this.#watched?.waiting ?? null)) return
    clearTimeout(this.#watched?.timer)
    this.#watched = waiting && { waiting, timer: setTimeout(() => this.#reclaim(), this.#patienceMs).unref() }
  }

  #reclaim(): void {
    this.#watched = null
    this.#obstructed()?.by.reclaim()
    this.#watchWaiting()
  }

  /** The first that waits for another person, and the hold whose end lets it in. */
  #obstructed(): { waiting: Waiting; by: Holder } | null {
    if (this.#beyond === null) return null
    const totals = new Map<string, number>()
    for (const { person, held } of this.#holders) totals.set(person, (totals.get(person) ?? 0) + held)
    const [most, total] = [...totals].reduce((first, next) => (next[1] > first[1] ? next : first), ['', 0])
    for (const holder of this.#holders) {
      const [waiting] = holder.waiting
      if (waiting === undefined) continue
      const { person } = holder
      const ofMost = most !== person && total > (totals.get(person) ?? 0) + waiting.bytes ? most : null
      const by = this.#obstructing(holder, waiting, ofMost)
      if (by !== null) return { waiting, by }
    }
    return null
  }

  /**
   * Whose end lets a holder in that waits for another person; null if it waits for nobody, or for its own person. Whose person's
   * share is full waits for that person's other work, except where one hold alone needs more than a share. `most` is who holds
   * most, if that is more than the person would hold.
   */
  #obstructing({ person, held }: Holder, { bytes }: Waiting, most: string | null): Holder | null {
    const ofOther = this.#beyond?.person === person ? null : this.#beyond
    if (this.#counts.exceedsShare(held + bytes)) return ofOther
    if (this.#counts.obstacle(person, held, held + bytes) !== 'all') return null
    const own = [...this.#holders].filter((each) => each.person === most)
    return most === null ? ofOther : own.reduce((first, next) => (next.held > first.held ? next : first))
  }
}

/**
 * Makes a room. The longest opened hold that waits comes first. If there is no room, one hold goes beyond the bounds until it
 * fits again or ends: otherwise several that need more could wait for each other for ever. So together they hold at most
 * `bytes` and what one of them may take. Nobody can keep the room from others: a person holds no more than a share, and if
 * somebody waits for others for long, whoever holds most loses their largest hold, or the one beyond the bounds is reclaimed.
 */
export const createByteRoom = (bounds: RoomBounds): ByteRoom => new Room(bounds)
