import { readFile } from 'node:fs/promises'
import { ifThere } from './if-there.ts'

/**
 * The number of the machine as which 0 runs, from the text of /proc/self/uid_map, if root has put this process in
 * a user namespace of the platform's: there, 0 alone stands for another number. Null elsewhere. Pure.
 */
export function platformNumberIn(uidMap: string): number | null {
  for (const line of uidMap.split('\n')) {
    const [inside, outside, size] = line.trim().split(/\s+/).map(Number)
    if (inside === 0 && outside !== undefined) return outside !== 0 && size === 1 ? outside : null
  }
  return null
}

/** Reads {@link platformNumberIn} of this process. */
export async function readPlatformNumber(): Promise<number | null> {
  return platformNumberIn((await ifThere(readFile('/proc/self/uid_map', 'utf8'))) ?? '')
}
