import { randomUUID } from 'node:crypto'
import { readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { removeLeftFiles } from './left-files.ts'

/** How many notes are kept. A note that is missing costs one more download. */
const usualMost = 10_000

/** Which kept file is which asset: one small file for each asset, named by its id. All instances of a service share them. */
type AssetNotes = {
  /** The name of the kept file of an asset; null if it is not known. */
  read(id: string): string | null
  write(id: string, fileName: string): void
  /** A new path in the folder, for a file that is not complete yet. */
  temporary(): string
}

/** Removes the notes that were not used for the longest time, down to nine tenths of `most`, if there are more than that. */
function removeOldest(folder: string, most: number): void {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  if (names.length <= most) return
  const used = names.map((name) => {
    const path = join(folder, name)
    return { path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }
  })
  used.sort((a, b) => a.at - b.at)
  for (const { path } of used.slice(0, names.length - Math.floor(most * 0.9))) rmSync(path, { force: true })
}

/** Opens the folder of the notes. Too many are looked for at the start, and then once for each tenth of `most` that are written. */
export function assetNotes(folder: string, most = usualMost): AssetNotes {
  removeLeftFiles(folder, (name) => name.startsWith('.'))
  removeOldest(folder, most)
  let written = 0
  const temporary = () => join(folder, `.fetch-${randomUUID()}`)
  return {
    temporary,
    read(id) {
      const note = join(folder, id)
      try {
        utimesSync(note, new Date(), new Date())
        return basename(readFileSync(note, 'utf8'))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    write(id, fileName) {
      const note = temporary()
      writeFileSync(note, fileName)
      renameSync(note, join(folder, id))
      written += 1
      if (written % Math.ceil(most / 10) === 0) removeOldest(folder, most)
    },
  }
}
