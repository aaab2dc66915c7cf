import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { ifThere } from '../../../lib/if-there.ts'

/**
 * Copies a script into nginx's folder, under a name with its digest, so that a running nginx never sees another version. A copy that
 * was cut off is made again: its name alone says nothing about its content. Resolves with its path.
 */
export async function copiedScript(file: string, folder: string, ending: string): Promise<string> {
  const content = await readFile(file)
  const digest = createHash('sha256').update(content).digest('hex')
  const copy = join(folder, `gate-${digest.slice(0, 12)}.${ending}`)
  const present = await ifThere(stat(copy))
  if (present?.size !== content.length) await writeFileAtomically(copy, content)
  return copy
}
