import { z } from 'zod'
import { listQuery, pageOf, rowId, slug, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { sha256 } from '../model-file.ts'
import { defineEndpoints } from './endpoint.ts'

/** How a model file came to the platform: a resumable upload, a URL of a manifest, or a push with Git LFS. */
export const modelOrigin = z.enum(['upload', 'url', 'lfs'])
/** How a model file came to the platform. */
export type ModelOrigin = z.infer<typeof modelOrigin>

/** A model file of the store. Its owner's algorithms name it by `sha256`. */
export const modelFile = z.object({
  id: rowId,
  sha256,
  name: z.string(),
  size: z.number().int().describe('bytes; they are on the disk once, however many releases use them'),
  origin: modelOrigin,
  owner: z.string().describe('username'),
  uses: z
    .array(
      z.object({
        service_id: slug,
        releases: z.array(z.number().int()),
        keeps: z
          .boolean()
          .describe(
            'whether the service belongs to the owner of the file, so that the file cannot be deleted. Releases of other people’s services keep using it',
          ),
      }),
    )
    .describe('the services whose releases have it'),
  created_at: timestamp,
})
/** A model file of the store. */
export type ModelFile = z.infer<typeof modelFile>

const idParams = z.object({ id: rowId })

/** Model files: weights that packages name in `models` and do not contain. Keys that are limited to services cannot use these. */
export const modelEndpoints = defineEndpoints({
  'GET /models': {
    summary: 'Model files, newest first: your own, and for administrators all; `q` finds names and digests',
    access: 'algorithms.read',
    query: listQuery,
    status: 200,
    response: pageOf(modelFile),
  },
  'POST /models': {
    summary: 'Keep a complete resumable upload as a model file; the same content again gives the same file',
    access: 'algorithms.write',
    body: z.strictObject({
      upload_id: rowId,
      name: z.string().min(1).max(longest.modelName).optional().describe('the upload’s `filename` if absent'),
      sha256: sha256
        .optional()
        .describe('refused with `model.digest_mismatch` if the content has another one'),
    }),
    status: 201,
    response: modelFile,
  },
  'GET /models/{id}': {
    summary: 'A model file',
    access: 'algorithms.read',
    params: idParams,
    status: 200,
    response: modelFile,
  },
  'DELETE /models/{id}': {
    summary: 'Delete a model file; refused while a release has it',
    access: 'algorithms.write',
    params: idParams,
    status: 204,
    response: null,
  },
})
