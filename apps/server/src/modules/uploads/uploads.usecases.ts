import type { Upload } from '@tus/server'
import { z } from 'zod'
import type { Actor } from '../../lib/actor.ts'
import { limitedKeyOf } from '../../lib/policy.ts'
import type { StorageReservation, StorageQuota, Taken } from '../quotas/storage-quota.ts'
import type { UploadStore } from './upload-store.ts'
import { uploadIncomplete, uploadNotFound } from './uploads.errors.ts'

/** What resumable uploads need. */
export type UploadsDeps = {
  store: UploadStore
  limitBytes: number
  storageQuota: StorageQuota
}

/** A complete upload. */
export type ArrivedFile = {
  path: string
  /** The sender's name for it, if they gave one. */
  name: string | null
}

/** The owner of an upload, as stored with it: a person, or a limited key of that person. */
export function uploaderOf(actor: Actor): string {
  const key = limitedKeyOf(actor)
  return key === null ? actor.id : `${actor.id}:${key}`
}

/**
 * A function that says what somebody's uploads have announced at that moment. An upload of unknown length counts as the
 * largest one.
 */
export async function announcedBy(
  { store, limitBytes }: Pick<UploadsDeps, 'store' | 'limitBytes'>,
  { id }: Pick<Actor, 'id'>,
): Promise<() => Taken> {
  const announced = await store.announced()
  return () => {
    const own = [...announced.values()].filter(({ owner }) => owner?.split(':')[0] === id)
    return { uploads: own.length, bytes: own.reduce((sum, { size }) => sum + (size ?? limitBytes), 0) }
  }
}

/** Keeps room for a new upload. `length` is what its sender announces. Throws as {@link StorageQuota.forUpload} does. */
export function roomForUpload(
  { storageQuota, limitBytes }: Pick<UploadsDeps, 'storageQuota' | 'limitBytes'>,
  actor: Actor,
  length: string | undefined,
): Promise<StorageReservation> {
  const bytes = length === undefined ? limitBytes : Number(length)
  // A value that is no number, or is above the limit for everybody, is refused by tus in its own words.
  return storageQuota.forUpload(
    actor,
    Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= limitBytes ? bytes : 0,
  )
}

const tusRefusal = z.object({ status_code: z.number() })

/** An upload of the actor. For the actor, other uploads do not exist. */
export async function loadUpload(deps: UploadsDeps, input: { actor: Actor; id: string }): Promise<Upload> {
  const upload = await deps.store.getUpload(input.id).catch((error: unknown) => {
    // The store throws plain objects for unknown uploads.
    if (tusRefusal.safeParse(error).success) throw uploadNotFound({ upload_id: input.id })
    throw error
  })
  if (upload.metadata?.owner !== uploaderOf(input.actor)) throw uploadNotFound({ upload_id: input.id })
  return upload
}

async function arrived(deps: UploadsDeps, input: { actor: Actor; id: string }): Promise<ArrivedFile> {
  const upload = await loadUpload(deps, input)
  if (upload.offset !== upload.size)
    throw uploadIncomplete({ upload_id: input.id, received: upload.offset, size: upload.size ?? null })
  return { path: deps.store.fileOf(input.id), name: upload.metadata?.filename ?? null }
}

/** Gives a complete upload to `use`, in its turn. The upload stays until it is taken or expires. */
export async function readUpload<T>(
  deps: UploadsDeps,
  input: { actor: Actor; id: string },
  use: (file: ArrivedFile) => Promise<T>,
): Promise<T> {
  // Not in its turn: bytes of an incomplete one may be arriving for hours.
  await arrived(deps, input)
  return deps.store.turns.run(input.id, async () => use(await arrived(deps, input)))
}

/**
 * Gives a complete upload to `use` once, and then removes it. If `use` fails, it stays until it expires, so
 * that the sender need not send it again; but not if `isUseless` says of the error that these bytes can never be used.
 */
export function consumeUpload<T>(
  deps: UploadsDeps,
  input: { actor: Actor; id: string },
  use: (file: ArrivedFile) => Promise<T>,
  isUseless: (error: unknown) => boolean = () => false,
): Promise<T> {
  return readUpload(deps, input, async (file) => {
    try {
      const taken = await use(file)
      await deps.store.remove(input.id)
      return taken
    } catch (error) {
      if (isUseless(error)) await deps.store.remove(input.id)
      throw error
    }
  })
}
