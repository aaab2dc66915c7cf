import { keptBodies, type KeptBodies } from '@vitrine/contract'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, readJsonIfThere } from '../../lib/if-there.ts'

/** Hides secrets in a text. */
export type Mask = (text: string) => string

const maskedBody = (mask: Mask, body: KeptBodies['request']): KeptBodies['request'] =>
  body.text === null ? body : { ...body, text: mask(body.text) }

/**
 * What was sent and answered, without the secrets of the services that were called: the gateway, which wrote it, knows none of
 * them.
 */
export async function maskedBodies(
  calls: readonly { serviceId: string; kept: string | null }[],
  bodies: ReadonlyMap<string, KeptBodies>,
  maskOf: (serviceId: string) => Promise<Mask>,
): Promise<Map<string, KeptBodies>> {
  const masked = new Map<string, KeptBodies>()
  for (const { serviceId, kept } of calls) {
    const found = kept === null ? undefined : bodies.get(kept)
    if (kept === null || !found) continue
    const mask = await maskOf(serviceId)
    const { request, response } = found
    masked.set(kept, { request: maskedBody(mask, request), response: maskedBody(mask, response) })
  }
  return masked
}

/** After this time no line of the log that names a file is still to be read, unless the control plane was away for so long. */
const keptForMs = 86_400_000

/** What was sent and answered in calls whose lines are about to be stored, in files that the gateway wrote beside its log. */
export type KeptFolder = ReturnType<typeof createKeptFolder>

export function createKeptFolder(folder: string) {
  const at = (name: string) => join(folder, name)
  /** Null if the file is gone or damaged: a call counts without it too. */
  const read = (name: string): Promise<KeptBodies | null> =>
    readJsonIfThere(at(name), keptBodies).catch(() => null)

  return {
    /** What the files contain, by their names. Those that are gone are left out. */
    async read(names: readonly string[]): Promise<Map<string, KeptBodies>> {
      const found = new Map<string, KeptBodies>()
      for (const name of names) {
        const bodies = await read(name)
        if (bodies) found.set(name, bodies)
      }
      return found
    },

    /** Removes files. */
    async remove(names: readonly string[]): Promise<void> {
      for (const name of names) await rm(at(name), { force: true })
    },

    /** Removes files that a killed process has left: their calls are stored, or were lost. */
    async removeOld(now: Date): Promise<void> {
      for (const name of (await ifThere(readdir(folder))) ?? []) {
        const found = await ifThere(stat(at(name)))
        if (found && found.mtimeMs < now.getTime() - keptForMs) await rm(at(name), { force: true })
      }
    },
  }
}
