import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Names of files that are still being written, or that a kill has left. */
const unfinished = /\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/

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

/**
 * Removes the files that {@link writeFileAtomically} could not finish in a folder because the process was killed: they may
 * contain secrets, and nobody else removes them. Called before anything is written there.
 */
export async function removeUnfinished(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => unfinished.test(name))
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })))
}
