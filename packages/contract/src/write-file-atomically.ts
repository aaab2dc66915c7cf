import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

// The embedded gateway and the control plane both use this. It uses Node's functions, so pages must not import it, and the index
// does not export it.

/**
 * Writes a file beside the target, syncs it and renames it. Readers see the old or the new text, never a
 * part, even after a power cut.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
