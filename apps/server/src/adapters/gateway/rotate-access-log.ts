import { rename, rm, stat } from 'node:fs/promises'
import { accessLogsKept } from '@vitrine/contract'
import { ifThere } from '../../lib/if-there.ts'

/**
 * Rotates a log that exceeds `maxBytes`: renames it to `<path>.1`, the former `<path>.1` to `.2`, and so on
 * up to `.<kept>`. Returns true if it
 * did; the writer of the log must then open a new file.
 */
export async function rotateAccessLog(
  path: string,
  maxBytes: number,
  kept = accessLogsKept,
): Promise<boolean> {
  const found = await ifThere(stat(path))
  if (found === null || found.size < maxBytes) return false
  for (let number = accessLogsKept; number >= kept; number--) await rm(`${path}.${number}`, { force: true })
  for (let number = kept - 1; number > 0; number--)
    await ifThere(rename(`${path}.${number}`, `${path}.${number + 1}`))
  await rename(path, `${path}.1`)
  return true
}
