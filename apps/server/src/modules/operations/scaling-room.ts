import type { LiveInstance } from '../instances/instance-monitor.ts'

/** The part of the free memory that new instances may take. */
const partOfFree = 0.9

type Used = Pick<LiveInstance, 'usage'>

/** The memory that one more instance may take: as much as the largest of the present ones. 0 if nothing is known of these. */
const bytesOfOne = (instances: readonly Used[]): number =>
  Math.max(0, ...instances.map(({ usage }) => usage?.memoryBytes ?? 0))

/** How many more instances of this size the free memory of the machine holds. Pure. */
export const roomFor = (bytes: number, freeBytes: number): number =>
  bytes === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((freeBytes * partOfFree) / bytes))

/**
 * The memory of the machine for new instances. Those that have been promised room and are not loaded yet are hardly seen
 * in the free memory, so theirs is remembered until they serve or have failed.
 */
export function createRoom(freeBytes: () => number) {
  const promised = new Map<string, number>()
  const ofOthers = () => [...promised.values()].reduce((sum, bytes) => sum + bytes, 0)
  return {
    /** Promises a service room for more instances. Returns how many it may have in all: at least `from`, at most `to`. */
    promise(
      serviceId: string,
      instances: readonly Used[],
      { from, to }: { from: number; to: number },
    ): number {
      const bytes = bytesOfOne(instances)
      const possible = Math.min(to, from + roomFor(bytes, freeBytes() - ofOthers()))
      if (possible > from) promised.set(serviceId, (possible - from) * bytes)
      return possible
    },
    /** Ends the promises to these services. */
    end(isOver: (serviceId: string) => boolean): void {
      for (const id of promised.keys()) if (isOver(id)) promised.delete(id)
    },
  }
}
