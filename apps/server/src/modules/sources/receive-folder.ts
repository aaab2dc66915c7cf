import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createPackageWriter, type PackageWriter } from './package-writer.ts'
import { finishPackage, type ReceivedPackage, type UploadSettings } from './receive-upload.ts'
import { linkRefused, specialFileRefused } from './sources.errors.ts'

async function copyInto(writer: PackageWriter, source: string, path: string): Promise<void> {
  for (const entry of await readdir(join(source, path), { withFileTypes: true })) {
    const name = path ? `${path}/${entry.name}` : entry.name
    const placed = writer.place(name, entry.isDirectory() ? 'folder' : 'file')
    if (placed === null) continue
    if (entry.isSymbolicLink()) throw linkRefused({ entry: name })
    if (entry.isDirectory()) await copyInto(writer, source, name)
    else if (!entry.isFile()) throw specialFileRefused({ entry: name })
    else {
      const { mode } = await stat(join(source, name))
      await writer.writeFile(placed, createReadStream(join(source, name)), (mode & 0o111) !== 0)
    }
  }
}

/** Receives a folder of this machine as if it had been uploaded, with the same limits and the same files left out. */
export async function receiveFolder(
  source: string,
  target: string,
  { limits, ignoredIn }: UploadSettings,
): Promise<ReceivedPackage> {
  const writer = createPackageWriter(target, limits)
  await copyInto(writer, source, '')
  // This folder itself is the package, even if it has only one subfolder.
  const received = await finishPackage(target, { writer, ignoredIn }, '')
  return { ...received, folder: target, givenName: basename(source) }
}
