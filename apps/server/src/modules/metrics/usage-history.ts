import type { LiveInstance } from '../instances/live-board.ts'

/** What is used on average in a step; null where nothing is known of it. */
export type UsagePoint = { cpu: number | null; memoryBytes: number | null; openFiles: number | null }

/** Equal steps of time: `count` of `stepS` seconds each from `since` on. */
export type Steps = { since: Date; stepS: number; count: number }

/** How often instances are sampled, seconds. */
export const sampleEveryS = 15
/** One hour. */
const slots = 240
const kinds = ['cpu', 'memoryBytes', 'openFiles'] as const

type Track = {
  serviceId: string
  replica: number
  /** Number of the quarter of a minute, since 1970, that is in each slot. */
  numbers: Int32Array
  values: Record<(typeof kinds)[number], Float64Array>
}

type Sampled = Pick<LiveInstance, 'id' | 'serviceId' | 'replica' | 'usage'>

const freshTrack = ({ serviceId, replica }: Sampled): Track => {
  const unknown = () => new Float64Array(slots).fill(Number.NaN)
  return {
    ...{ serviceId, replica, numbers: new Int32Array(slots) },
    values: { cpu: unknown(), memoryBytes: unknown(), openFiles: unknown() },
  }
}

const numberOf = (time: Date) => Math.floor(time.getTime() / 1000 / sampleEveryS)

/** What every instance used in the last hour, in memory: some six kilobytes each, gone with the process. */
export class UsageHistory {
  readonly #tracks = new Map<string, Track>()
  #newest = 0

  /** Takes what is used now; once in 15 seconds. */
  add(instances: readonly Sampled[], now: Date): void {
    this.#newest = numberOf(now)
    for (const instance of instances) {
      if (!instance.usage) continue
      const track = this.#tracks.get(instance.id) ?? freshTrack(instance)
      this.#tracks.set(instance.id, track)
      const slot = this.#newest % slots
      track.numbers[slot] = this.#newest
      for (const kind of kinds) track.values[kind][slot] = instance.usage[kind] ?? Number.NaN
    }
    for (const [id, { numbers }] of this.#tracks)
      if (numbers.every((each) => each <= this.#newest - slots)) this.#tracks.delete(id)
  }

  /** What a service used in each step, all its instances together; those of one replica where asked. */
  over(of: { serviceId: string; replica: number | null }, steps: Steps): UsagePoint[] {
    const tracks = [...this.#tracks.values()].filter(
      ({ serviceId, replica }) =>
        serviceId === of.serviceId && (of.replica === null || replica === of.replica),
    )
    const cpu = this.#means(tracks, 'cpu', steps)
    const memory = this.#means(tracks, 'memoryBytes', steps)
    const files = this.#means(tracks, 'openFiles', steps)
    return cpu.map((each, place) => ({
      cpu: each,
      memoryBytes: rounded(memory[place]),
      openFiles: rounded(files[place]),
    }))
  }

  /** The memory of all services in each step. */
  memoryOfAll(steps: Steps): Map<string, (number | null)[]> {
    const byService = new Map<string, Track[]>()
    for (const track of this.#tracks.values())
      byService.set(track.serviceId, [...(byService.get(track.serviceId) ?? []), track])
    return new Map(
      [...byService].map(([serviceId, tracks]) => [
        serviceId,
        this.#means(tracks, 'memoryBytes', steps).map(rounded),
      ]),
    )
  }

  /** For each step the mean over its samples, each of them the sum over the tracks. */
  #means(
    tracks: readonly Track[],
    kind: (typeof kinds)[number],
    { since, stepS, count }: Steps,
  ): (number | null)[] {
    const sums = new Float64Array(count)
    const samples = new Int32Array(count)
    const isSampled = new Uint8Array(slots)
    const first = since.getTime() / 1000
    for (const { numbers, values } of tracks) {
      for (let slot = 0; slot < slots; slot++) {
        const number = numbers[slot] ?? 0
        const value = values[kind][slot] ?? Number.NaN
        const place = Math.floor((number * sampleEveryS - first) / stepS)
        if (number <= this.#newest - slots || Number.isNaN(value) || place < 0 || place >= count) continue
        sums[place] = (sums[place] ?? 0) + value
        if (isSampled[slot] === 0) samples[place] = (samples[place] ?? 0) + 1
        isSampled[slot] = 1
      }
    }
    return Array.from(sums, (sum, place) => (samples[place] === 0 ? null : sum / (samples[place] ?? 1)))
  }
}

const rounded = (value: number | null | undefined) => (typeof value === 'number' ? Math.round(value) : null)
