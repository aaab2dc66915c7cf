import { answerInThread } from '../../adapters/threads/answer-in-thread.ts'
import { createPackageWriter } from './package-writer.ts'
import { unpackArchive } from './unpack-archive.ts'
import { defaultUploadLimits as limits } from './upload-limits.ts'

/** An archive, and the folder into which it is unpacked. */
export type Unpacking = { file: string; folder: string }

answerInThread<Unpacking, number>(async ({ file, folder }) => {
  const writer = createPackageWriter(folder, limits)
  await unpackArchive(file, { name: 'package', writer, limits })
  return writer.fileCount
})
