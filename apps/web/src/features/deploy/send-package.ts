import type { Algorithm, Inspection } from '@vitrine/contract'
import { api, upload, type UploadProgress } from '../../api/client.ts'
import { sentInParts } from '../../shared/upload/resume.ts'
import type { ArchiveTransfer } from './archive-transfer.ts'
import { packageForm, type Chosen } from './read-files.ts'

/** How to abort an upload, and where to report its progress. */
export type Sending = { signal: AbortSignal; onProgress: (progress: UploadProgress) => void }

/** The archive, if it is large enough to be sent in parts, once for both inspecting and deploying. */
const largeArchive = ({ archive }: Chosen): File | null =>
  archive !== null && sentInParts(archive) ? archive : null

/**
 * Sends the chosen files for inspection. Nothing is stored.
 * @throws ApiError, or a DOMException named AbortError
 */
export const inspectPackage = async (
  transfer: Pick<ArchiveTransfer, 'arrive'>,
  chosen: Chosen,
  { signal, onProgress }: Sending,
): Promise<Inspection> => {
  const archive = largeArchive(chosen)
  if (archive === null)
    return upload('POST /algorithms/inspect', packageForm(chosen, {}), { signal, onProgress })
  const body = { upload_id: await transfer.arrive(archive, onProgress) }
  return api('POST /algorithms/inspect', { body }, { signal })
}

/**
 * Stores the chosen files as a version of an algorithm.
 * @throws ApiError, or a DOMException named AbortError
 */
export const storePackage = async (
  transfer: Pick<ArchiveTransfer, 'arrive' | 'forget'>,
  { chosen, fields }: { chosen: Chosen; fields: Record<string, string> },
  { signal, onProgress }: Sending,
): Promise<{ algorithm: Algorithm }> => {
  const archive = largeArchive(chosen)
  if (archive === null) return upload('POST /algorithms', packageForm(chosen, fields), { signal, onProgress })
  const id = await transfer.arrive(archive, onProgress)
  onProgress({ sent: archive.size, total: archive.size })
  const stored = await api('POST /algorithms', { body: { upload_id: id, ...fields } }, { signal })
  transfer.forget()
  return stored
}
