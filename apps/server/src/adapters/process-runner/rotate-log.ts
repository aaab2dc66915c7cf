import { rename, stat } from 'node:fs/promises'

/** Size from which a log file is set aside, bytes. */
export const logMaxBytes = 10 * 1024 * 1024
/** How many old log files are kept: `.1` is the newest. */
export const logBackups = 5

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Sets a log file aside as `.1` when it has reached its size, and moves the older ones on; the oldest is overwritten.
 * Only while nobody writes to it: a writer would go on into the renamed file. Copying and truncating under a writer
 * loses the lines written in between, so a file of a running process is never touched.
 */
export async function rotateLog(path: string, maxBytes = logMaxBytes): Promise<void> {
  const size = await sizeOf(path)
  if (size === null || size < maxBytes) return
  for (let number = logBackups - 1; number >= 1; number--) {
    if ((await sizeOf(`${path}.${number}`)) !== null)
      await rename(`${path}.${number}`, `${path}.${number + 1}`)
  }
  await rename(path, `${path}.1`)
}
