import type { LiveInstance } from '../instances/instance-monitor.ts'

/** Average usage in a step. Null if nothing is known. */
export type UsagePoint = { cpu: number | null; memoryBytes: number | null; openFiles: number | null }

/** Equal steps of time: `count` steps of `stepS` seconds each, starting at `since`. */
export type Steps = { since: Date; stepS: number; count: number }

/** How often instances are sampled, in seconds. */
export const sampleEveryS = 15
/** The number of samples in one hour. */
const slots = 240
const kinds = ['cpu', 'memoryBytes', 'openFiles'] as const

type Track = {
  serviceId: string
  replica: number
  /** The number of the 15-second interval since 1970 that each slot holds. */
  numbers: Int32Array
  values: Record<(typeof kinds)[number], Float64Array>
}

type Sampled = Pick<LiveInstance, 'id' | 'serviceId' | 'replica' | 'usage'>

const freshTrack = ({ serviceId, replica }: Sampled): Track => {
  const unknown = () => new Float64Array(slots).fill(Number.NaN)
  return {
    serviceId,
    replica,
    numbers: new Int32Array(slots),
    values: { cpu: unknown(), memoryBytes: unknown(), openFiles: unknown() },
  }
}

const numberOf = (time: Date) => Math.floor(time.getTime() / 1000 / sampleEveryS)

/**
 * The usage of every instance in the last hour. It is in memory only, about six kilobytes for each instance,
 * and is lost with the process.
 */
export class UsageHistory {
  readonly #tracks = new Map<string, Track>()
  #newest = 0

  /** Adds the current usage. Called once every 15 seconds. */
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

  /** Drops what is known of a deleted service. */
  forget(serviceId: string): void {
    for (const [id, track] of this.#tracks) if (track.serviceId === serviceId) this.#tracks.delete(id)
  }

  /** The total usage of a service in each step, or of one replica. */
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

  /** The mean for each step over its samples. Each sample is the sum over the tracks. */
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
