/** A text that waits for readers. If the same text waits for several readers, they share one object. */
export type SharedText = { readonly text: string }

/** What waits for the reader of one stream. */
export type WaitingTexts = {
  /** Counts what waits for the reader, with its length. What is the same object for several readers is in memory once. */
  add: (held: object, characters: number) => void
  /** Counts it no longer: the reader has it, or needs it no more. */
  remove: (held: object) => void
  /** The reader took something. */
  taken: () => void
  /** Counts nothing of the stream any longer. */
  end: () => void
}

/**
 * The memory of all that waits for the readers of streams. `person` is one name for whoever reads. `close` is called when the
 * stream has to end, because too much waits and its reader is slow.
 */
export type EventMemory = { open: (person: string, close: () => void) => WaitingTexts }

/** How much may wait, in characters (UTF-16 code units). */
export type EventMemoryBounds = { characters: number; perPerson: number }

const mebi = 1024 ** 2

/** The memory of a platform. */
export const usualEventMemory: EventMemoryBounds = { characters: 192 * mebi, perPerson: 64 * mebi }

/** What something that waits takes besides its characters, for each reader. */
const charactersEach = 128

/** The characters of what waits. What waits several times is in memory once. */
class Tally {
  readonly #held = new Map<object, { times: number; characters: number }>()
  characters = 0

  get distinct(): number {
    return this.#held.size
  }

  add(held: object, characters: number): void {
    const known = this.#held.get(held)
    if (known) known.times += 1
    else this.#held.set(held, { times: 1, characters })
    this.characters += charactersEach + (known ? 0 : characters)
  }

  /** Returns whether it was there. */
  remove(held: object): boolean {
    const known = this.#held.get(held)
    if (known === undefined) return false
    known.times -= 1
    if (known.times === 0) this.#held.delete(held)
    this.characters -= charactersEach + (known.times === 0 ? known.characters : 0)
    return true
  }

  /** Each as often as it waits. */
  *[Symbol.iterator](): Generator<object> {
    for (const [held, { times }] of this.#held) for (let each = 0; each < times; each += 1) yield held
  }
}

type Stream = { person: string; own: Tally; close: () => void }

class Memory implements EventMemory {
  readonly #bounds: EventMemoryBounds
  readonly #all = new Tally()
  readonly #ofPerson = new Map<string, Tally>()
  /** The stream whose reader has taken nothing for longest comes first. */
  readonly #streams = new Set<Stream>()

  constructor(bounds: EventMemoryBounds) {
    this.#bounds = bounds
  }

  open(person: string, close: () => void): WaitingTexts {
    const stream: Stream = { person, own: new Tally(), close }
    this.#streams.add(stream)
    return {
      add: (held, characters) => this.#add(stream, held, characters),
      remove: (held) => this.#remove(stream, held),
      taken: () => {
        if (this.#streams.delete(stream)) this.#streams.add(stream)
      },
      end: () => this.#end(stream),
    }
  }

  #add(stream: Stream, held: object, ofHeld: number): void {
    if (!this.#streams.has(stream)) return
    const ofPerson = this.#ofPerson.get(stream.person) ?? new Tally()
    this.#ofPerson.set(stream.person, ofPerson)
    for (const tally of [stream.own, ofPerson, this.#all]) tally.add(held, ofHeld)
    const { characters, perPerson } = this.#bounds
    // One text alone may be beyond a bound.
    while (ofPerson.characters > perPerson && ofPerson.distinct > 1) this.#closeSlowestOf(stream.person)
    while (this.#all.characters > characters && this.#all.distinct > 1)
      this.#closeSlowestOf(this.#personWithMost())
  }

  #remove(stream: Stream, held: object): void {
    if (!stream.own.remove(held)) return
    this.#all.remove(held)
    const ofPerson = this.#ofPerson.get(stream.person)
    ofPerson?.remove(held)
    if (ofPerson?.distinct === 0) this.#ofPerson.delete(stream.person)
  }

  #end(stream: Stream): void {
    this.#streams.delete(stream)
    for (const held of [...stream.own]) this.#remove(stream, held)
  }

  #closeSlowestOf(person: string): void {
    for (const stream of this.#streams)
      if (stream.person === person && stream.own.distinct > 0) {
        this.#end(stream)
        stream.close()
        return
      }
  }

  #personWithMost(): string {
    const [most] = [...this.#ofPerson].toSorted(([, one], [, other]) => other.characters - one.characters)
    return most?.[0] ?? ''
  }
}

/**
 * Makes the memory. If more waits for the readers of one person than they may have, or for all together, streams are closed whose
 * readers have taken nothing for longest: those of the person, or of the person for whom most waits. Who takes what comes
 * loses nothing because of others who do not.
 */
export const createEventMemory = (bounds: EventMemoryBounds): EventMemory => new Memory(bounds)
