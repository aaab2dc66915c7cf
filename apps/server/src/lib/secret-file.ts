import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ifThere } from './if-there.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'

/** Returns the secret in a file of mode 0600. The first use creates it: 32 random bytes as base64url. */
export async function secretFromFile(path: string): Promise<string> {
  const stored = await ifThere(readFile(path, 'utf8'))
  if (stored !== null) return stored.trim()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const secret = randomBytes(32).toString('base64url')
  await writeFileAtomically(path, `${secret}\n`, 0o600)
  return secret
}
