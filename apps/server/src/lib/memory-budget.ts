import { obstructionIn, type Claim, type Lack } from './memory-budget-reclaim.ts'

/** The memory that one piece of work holds of a {@link MemoryBudget}. */
export type Hold = {
  /**
   * Aborts when the signal that the hold was opened with does, and with {@link MemoryReclaimed} when others need the memory. Then
   * the work ends.
   */
  signal: AbortSignal
  /** Waits until there is room for so many more bytes, and holds them. Rejects with the reason of the signal. */
  take: (bytes: number) => Promise<void>
  /** Gives so many of the held bytes back. */
  give: (bytes: number) => void
  /** Gives all of them back. Ending twice is allowed; otherwise the hold is not used afterwards. */
  end: () => void
}

/** Memory that pieces of work use together, of which each needs more as it goes on. `person` is one name for whoever it is for. */
export type MemoryBudget = { open(person: string, signal: AbortSignal): Hold }

/** How large a budget is. */
export type MemoryBounds = {
  /** The whole budget, in bytes. */
  bytes: number
  /** What one person may hold of it, in bytes. */
  perPerson: number
  /** What each hold has besides, bytes, so that small work waits for nobody. */
  free: number
  /** How long a person waits for the memory that others hold before some of it is reclaimed, milliseconds. */
  patienceMs: number
}

/** Others waited for the memory that a piece of work held beyond its share. */
export class MemoryReclaimed extends Error {
  constructor() {
    super('others need the memory')
  }
}

type Request = { bytes: number; grant: () => void }
/** One piece of work: what it holds, and what it waits for, in order. */
type Holder = { person: string; bytes: number; requests: Request[]; reclaim: () => void }

/**
 * What counts of the holders within the bounds, by person and together. Of each holder, the bytes above `free` count. One holder may be
 * exempt: nothing of it counts, and it may hold any amount.
 */
class Ledger {
  readonly #bounds: MemoryBounds
  readonly #ofPerson = new Map<string, number>()
  #all = 0
  #exempt: Holder | null = null

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds
  }

  get exempt(): Holder | null {
    return this.#exempt
  }

  /** Whether a holder needs room to hold so many bytes in all. */
  needsRoom(holder: Holder, bytes: number): boolean {
    return this.#counted(bytes) > this.#counted(holder.bytes)
  }

  /** What a holder lacks to hold so many bytes in all, within the bounds; null if nothing. */
  lackOf(holder: Holder, bytes: number): 'share' | 'room' | null {
    return holder === this.#exempt ? null : this.#lackOf(holder.person, holder.bytes, bytes)
  }

  /** Whether so many bytes of one holder are more than the share of a person. */
  exceedsShare(bytes: number): boolean {
    return this.#counted(bytes) > this.#bounds.perPerson
  }

  /** From now on, a holder holds so many bytes in all. */
  setBytes(holder: Holder, bytes: number): void {
    if (holder !== this.#exempt) this.#change(holder.person, holder.bytes, bytes)
    holder.bytes = bytes
  }

  /** From now on, nothing of a holder counts. */
  makeExempt(holder: Holder): void {
    this.#change(holder.person, holder.bytes, 0)
    this.#exempt = holder
  }

  /** Counts the exempt holder again if it is within the bounds. */
  endExemptionIfItFits(): void {
    const exempt = this.#exempt
    if (exempt === null || this.#lackOf(exempt.person, 0, exempt.bytes) !== null) return
    this.#change(exempt.person, 0, exempt.bytes)
    this.#exempt = null
  }

  #counted(bytes: number): number {
    return Math.max(0, bytes - this.#bounds.free)
  }

  #lackOf(person: string, from: number, to: number): 'share' | 'room' | null {
    const change = this.#counted(to) - this.#counted(from)
    if (change <= 0) return null
    if ((this.#ofPerson.get(person) ?? 0) + change > this.#bounds.perPerson) return 'share'
    return this.#all + change > this.#bounds.bytes ? 'room' : null
  }

  #change(person: string, from: number, to: number): void {
    const change = this.#counted(to) - this.#counted(from)
    const ofPerson = (this.#ofPerson.get(person) ?? 0) + change
    if (ofPerson === 0) this.#ofPerson.delete(person)
    else this.#ofPerson.set(person, ofPerson)
    this.#all += change
  }
}

class Budget implements MemoryBudget {
  readonly #patienceMs: number
  readonly #ledger: Ledger
  /** In the order in which they were opened. */
  readonly #holders = new Set<Holder>()
  /** The request that waits for another person, until patience ends. */
  #watched: { request: Request; timer: NodeJS.Timeout } | null = null

  constructor(bounds: MemoryBounds) {
    this.#patienceMs = bounds.patienceMs
    this.#ledger = new Ledger(bounds)
  }

  open(person: string, given: AbortSignal): Hold {
    const reclaimed = new AbortController()
    const signal = AbortSignal.any([given, reclaimed.signal])
    const reclaim = () => reclaimed.abort(new MemoryReclaimed())
    const holder: Holder = { person, bytes: 0, requests: [], reclaim }
    this.#holders.add(holder)
    return {
      signal,
      take: (bytes) => this.#request(holder, bytes, signal),
      give: (bytes) => this.#release(holder, bytes),
      end: () => {
        this.#holders.delete(holder)
        this.#release(holder, holder.bytes)
      },
    }
  }

  #request(holder: Holder, bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = () => {
        holder.requests = holder.requests.filter((each) => each !== request)
        reject(signal.reason)
        // Others may have waited behind it.
        this.#grantAll()
      }
      const grant = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const request = { bytes, grant }
      signal.addEventListener('abort', leave, { once: true })
      holder.requests.push(request)
      this.#grantAll()
    })
  }

  #release(holder: Holder, bytes: number): void {
    this.#ledger.setBytes(holder, holder.bytes - bytes)
    this.#grantAll()
  }

  /** Grants all requests that can be granted. Called after each change of what is held or wanted. */
  #grantAll(): void {
    this.#ledger.endExemptionIfItFits()
    // The exempt one goes first, also if an older one waits: that would wait for this one.
    if (this.#ledger.exempt) this.#grantTo(this.#ledger.exempt)
    let isFull = false
    for (const holder of this.#holders) {
      // Behind a request for which there is no room, only those are granted that need none.
      if (isFull && !this.#needsNoRoom(holder)) continue
      // A request that lacks a share holds up no other person.
      if (this.#grantTo(holder) === 'room') isFull = true
    }
    this.#watchObstruction()
  }

  /** Grants the requests of a holder in order, and exempts it if nobody is exempt. Returns what the next one lacks; null if none is left. */
  #grantTo(holder: Holder): 'share' | 'room' | null {
    for (let [next] = holder.requests; next !== undefined; [next] = holder.requests) {
      const bytes = holder.bytes + next.bytes
      const lack = this.#ledger.lackOf(holder, bytes)
      if (lack !== null && this.#ledger.exempt !== null) return lack
      if (lack !== null) this.#ledger.makeExempt(holder)
      this.#ledger.setBytes(holder, bytes)
      holder.requests.shift()
      next.grant()
    }
    return null
  }

  #needsNoRoom(holder: Holder): boolean {
    const [next] = holder.requests
    return next !== undefined && !this.#ledger.needsRoom(holder, holder.bytes + next.bytes)
  }

  /** Reclaims what obstructs the first request that waits for another person, if that waits for long. */
  #watchObstruction(): void {
    const request = this.#obstruction()?.request ?? null
    if (request === (this.#watched?.request ?? null)) return
    clearTimeout(this.#watched?.timer)
    this.#watched = request && {
      request,
      timer: setTimeout(() => this.#reclaim(), this.#patienceMs).unref(),
    }
  }

  #reclaim(): void {
    this.#watched = null
    this.#obstruction()?.by.reclaim()
    this.#watchObstruction()
  }

  #obstruction(): { request: Request; by: Holder } | null {
    if (this.#ledger.exempt === null) return null
    const claims = [...this.#holders].map((holder) => this.#claimOf(holder))
    const exempt = claims.find(({ holder }) => holder === this.#ledger.exempt)
    const found = exempt && obstructionIn(claims, exempt)
    const request = found?.waiting.holder.requests[0]
    return found && request ? { request, by: found.by.holder } : null
  }

  #claimOf(holder: Holder): Claim & { holder: Holder } {
    const { person, bytes, requests } = holder
    const [request] = requests
    const next = request && { bytes: request.bytes, lacks: this.#lackOf(holder, bytes + request.bytes) }
    return { holder, person, bytes, next: next ?? null }
  }

  #lackOf(holder: Holder, bytes: number): Lack {
    if (this.#ledger.exceedsShare(bytes)) return 'exemption'
    return this.#ledger.lackOf(holder, bytes) === 'room' ? 'room' : 'share'
  }
}

/**
 * Makes a budget. Its rules:
 *
 * 1. A person holds no more than a share, and all together no more than `bytes`. The first `free` bytes of each hold do not count.
 * 2. Requests are granted in the order in which their holds were opened. One that lacks room holds up those behind it; one that lacks
 *    a share does not.
 * 3. One hold may be exempt from the bounds until it fits again or ends: otherwise several that need more could wait for each other for
 *    ever. So together they hold at most `bytes` and what one of them may take.
 * 4. If a request waits for other people for long, the largest hold of whoever holds most is reclaimed, or the exempt one
 *    (`obstructionIn`).
 *
 * With 100 bytes and a share of 40: Ann holds 40 and opens a second hold, which takes 50 and is exempt. Bob takes 40, Cy 20; the memory is
 * full. Dan wants 30 and waits. Ann holds most, so after a while her hold of 50 is reclaimed.
 */
export const createMemoryBudget = (bounds: MemoryBounds): MemoryBudget => new Budget(bounds)
