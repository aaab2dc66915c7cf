import { z } from 'zod'
import { rowId } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** JSON body of `POST /assets` instead of a form: a complete upload, and a name for the file. */
export const assetFromUpload = z.strictObject({
  upload_id: rowId,
  name: z.string().min(1).max(longest.assetName).optional().describe('the upload’s `filename` if absent'),
})

const idParams = z.object({ id: rowId })

/**
 * Resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with creation,
 * creation-with-upload, termination and expiration. The last part of an upload's address is its `upload_id`.
 */
export const uploadEndpoints = defineEndpoints({
  'OPTIONS /uploads': {
    summary: 'Capabilities of this server (tus: `Tus-Version`, `Tus-Extension`, `Tus-Max-Size`)',
    access: 'public',
    status: 204,
    response: 'stream',
  },
  'POST /uploads': {
    summary:
      'Begin a resumable upload (tus: `Upload-Length`, `Upload-Metadata: filename`); `Location` is its address',
    access: 'assets.write',
    about: 'nothing',
    stream: 'raw',
    status: 201,
    response: 'stream',
  },
  'HEAD /uploads/{id}': {
    summary: 'Received bytes (tus: `Upload-Offset`)',
    access: 'assets.write',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: 'stream',
  },
  'PATCH /uploads/{id}': {
    summary: 'Send the next part (tus: `Upload-Offset`, application/offset+octet-stream)',
    access: 'assets.write',
    about: 'loaded',
    params: idParams,
    stream: 'raw',
    status: 204,
    response: 'stream',
  },
  'DELETE /uploads/{id}': {
    summary: 'Cancel an upload',
    access: 'assets.write',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: 'stream',
  },
})
