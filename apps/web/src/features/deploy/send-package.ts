import type { Addition, Inspection } from '@vitrine/contract'
import { api, upload, type UploadProgress } from '../../api/client.ts'
import type { ArchiveTransfer } from './archive-transfer.ts'
import { packageForm, type Chosen } from './read-files.ts'

/** How to abort an upload, and where to report its progress. */
export type Sending = { signal: AbortSignal; onProgress: (progress: UploadProgress) => void }

/** What is sent: the chosen files, and lines that are added to them. */
export type Sent = { chosen: Chosen; additions: readonly Addition[] }

/** What is stored: under which id, and with which title if the person has given one. */
export type ToStore = Sent & { fields: { algorithm_id: string; name?: string } }

/** The version of an algorithm that the chosen files have become. */
export type Stored = { algorithm: { id: string }; version: { commit: string } }

const formFields = (additions: readonly Addition[]): Record<string, string> =>
  additions.length === 0 ? {} : { additions: JSON.stringify(additions) }

/**
 * Sends the chosen files for inspection. Nothing is stored.
 * @throws ApiError, or a DOMException named AbortError
 */
export const inspectPackage = async (
  transfer: Pick<ArchiveTransfer, 'arrive'>,
  { chosen, additions }: Sent,
  { signal, onProgress }: Sending,
): Promise<Inspection> => {
  const archive = chosen.inParts
  if (archive === null)
    return upload('POST /algorithms/inspect', packageForm(chosen, formFields(additions)), {
      signal,
      onProgress,
    })
  const body = { upload_id: await transfer.arrive(archive, onProgress), additions: [...additions] }
  return api('POST /algorithms/inspect', { body }, { signal })
}

/**
 * Stores the chosen files as a version of an algorithm.
 * @throws ApiError, or a DOMException named AbortError
 */
export const storePackage = async (
  transfer: Pick<ArchiveTransfer, 'arrive' | 'forget'>,
  { chosen, additions, fields }: ToStore,
  { signal, onProgress }: Sending,
): Promise<Stored> => {
  const archive = chosen.inParts
  if (archive === null)
    return upload('POST /algorithms', packageForm(chosen, { ...fields, ...formFields(additions) }), {
      signal,
      onProgress,
    })
  const id = await transfer.arrive(archive, onProgress)
  onProgress({ sent: archive.size, total: archive.size })
  const stored = await api(
    'POST /algorithms',
    { body: { upload_id: id, ...fields, additions: [...additions] } },
    { signal },
  )
  transfer.forget()
  return stored
}
