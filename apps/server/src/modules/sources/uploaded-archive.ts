import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlgorithmFromUpload } from '@vitrine/contract'
import type { ArrivedFile } from '../uploads/uploads.usecases.ts'
import { addLines } from './add-lines.ts'
import { stemOf } from './package-folder.ts'
import { createPackageWriter } from './package-writer.ts'
import { finishPackage, inUploadFolder, type ReceivedUpload, type UploadSettings } from './receive-upload.ts'
import { uploadTooLarge } from './sources.errors.ts'
import { unpackArchive } from './unpack-archive.ts'

/**
 * Unpacks an archive from a resumable upload, gives it to `use`, and always removes the unpacked files. The
 * archive itself stays. The limits are those of a form. Throws `upload.…` errors.
 */
export async function withUploadedArchive<T>(
  archive: ArrivedFile,
  given: Omit<AlgorithmFromUpload, 'upload_id'>,
  settings: UploadSettings,
  use: (upload: ReceivedUpload) => Promise<T>,
): Promise<T> {
  const { limits, ignoredIn } = settings
  if ((await stat(archive.path)).size > limits.uploadBytes)
    throw uploadTooLarge({ limit_bytes: limits.uploadBytes })
  return inUploadFolder(settings.uploadsFolder, async (folder) => {
    const content = join(folder, 'content')
    await mkdir(content)
    const writer = createPackageWriter(content, limits)
    const name = archive.name ?? ''
    await unpackArchive(archive.path, { name, writer, limits })
    const received = await finishPackage(content, { writer, ignoredIn }, stemOf(name))
    await addLines(received.folder, given.additions ?? [], limits)
    return use({ ...received, algorithmId: given.algorithm_id, name: given.name })
  })
}
