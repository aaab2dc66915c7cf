import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { ifThere } from './if-there.ts'
import { secretFromFile } from './secret-file.ts'
import { textSealer, type TextSealer } from './sealed-text.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'

/**
 * The keys that secrets are sealed with. What is sealed now is sealed with the newest; what an older one has sealed can be opened
 * until that one is dropped.
 */
export type SealingKeys = TextSealer & {
  /** Whether what is stored may be sealed with an older key: a change of the key has not come to its end. */
  isChanging: () => boolean
  /** Whether the key is given by the environment, so that only it can change the key. */
  isGiven: boolean
  /** Makes a new key, with which everything is sealed from now on. The older one stays until `dropOld`. */
  change: () => Promise<void>
  /** Drops the older keys. Everything must have been sealed anew. */
  dropOld: () => Promise<void>
}

const textIn = async (path: string): Promise<string | null> =>
  (await ifThere(readFile(path, 'utf8')))?.trim() ?? null

/**
 * Opens the keys: the one that is given, or the one in `sealing.key`, which the first use makes. A change of the key writes the new
 * one into `sealing.next` first, and puts it in place of the old one last. So a crash loses neither, and the next start goes on.
 */
export async function openSealingKeys(folder: string, given: string | null): Promise<SealingKeys> {
  const file = join(folder, 'sealing.key')
  const nextFile = join(folder, 'sealing.next')
  const next = await textIn(nextFile)
  const stored = given === null ? await secretFromFile(file) : await textIn(file)
  const inOrder = [given, next, stored].filter((key) => key !== null)
  let sealers = [...new Set(inOrder)].map(textSealer)

  return {
    isGiven: given !== null,
    isChanging: () => sealers.length > 1,
    seal(text) {
      const [newest] = sealers
      if (!newest) throw new Error('there is no key to seal with')
      return newest.seal(text)
    },
    open(sealed) {
      let reason: unknown
      for (const sealer of sealers)
        try {
          return sealer.open(sealed)
        } catch (error) {
          reason ??= error
        }
      throw reason
    },
    async change() {
      const key = randomBytes(32).toString('base64url')
      await writeFileAtomically(nextFile, `${key}\n`, 0o600)
      sealers = [textSealer(key), ...sealers]
    },
    async dropOld() {
      if (given !== null) {
        // The key of the environment is kept there alone.
        await rm(nextFile, { force: true })
        await rm(file, { force: true })
      } else if ((await textIn(nextFile)) !== null) await rename(nextFile, file)
      sealers = sealers.slice(0, 1)
    },
  }
}
