import { sha256 } from '@vitrine/contract'
import { z } from 'zod'
import type { Language } from '../../lib/errors.ts'

/** The type of all JSON of Git LFS. */
export const lfsType = 'application/vnd.git-lfs+json'

/** The most objects in one request. git-lfs sends 100. */
const objectsAtMost = 1_000

/** Body of the batch request (git-lfs, docs/api/batch.md). Fields that we do not need are left out. */
export const batchRequest = z.object({
  operation: z.enum(['upload', 'download']),
  hash_algo: z.literal('sha256').optional(),
  objects: z
    .array(z.object({ oid: sha256, size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }))
    .max(objectsAtMost),
})
/** Body of the batch request. */
export type BatchRequest = z.infer<typeof batchRequest>

type Action = { href: string; header: Record<string, string> }
type Answered = BatchRequest['objects'][number] & {
  authenticated?: true
  actions?: { upload: Action } | { download: Action }
  error?: { code: number; message: string }
}

const missing = {
  zh: '所有者的模型库里没有这个文件，或这个仓库没有指向它的指针',
  en: 'The owner of this algorithm does not have this file, or no pointer in this repository names it',
}
const tooLarge = { zh: '文件过大', en: 'The file is too large' }

/**
 * The answer to a batch request: where each object is sent to or read from. What is there already is not sent again.
 * Pure.
 *
 * @param has the objects of the owner of the algorithm that can be read here, or need not be sent
 * @param actionOf where an object is sent to and read from
 * @param largest the most bytes of an object that is taken
 */
export function batchAnswer(
  { operation, objects }: BatchRequest,
  has: ReadonlySet<string>,
  { actionOf, largest, language }: { actionOf: (oid: string) => Action; largest: number; language: Language },
): { transfer: 'basic'; hash_algo: 'sha256'; objects: Answered[] } {
  const answered = objects.map((object): Answered => {
    const { oid, size } = object
    if (operation === 'download')
      return has.has(oid)
        ? { ...object, authenticated: true, actions: { download: actionOf(oid) } }
        : { ...object, error: { code: 404, message: missing[language] } }
    if (has.has(oid)) return object
    return size > largest
      ? { ...object, error: { code: 422, message: tooLarge[language] } }
      : { ...object, authenticated: true, actions: { upload: actionOf(oid) } }
  })
  return { transfer: 'basic', hash_algo: 'sha256', objects: answered }
}
