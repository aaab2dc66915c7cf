import { z } from 'zod'
import { listQuery, pageOf, rowId, slug } from '../common.ts'
import { longest, most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'
import { asset, assetVariant, mediaKind } from './showcase.ts'

const idParams = z.object({ id: rowId })

/** Media files: the library of demo data. */
export const assetEndpoints = defineEndpoints({
  'GET /assets': {
    summary: 'Media files',
    access: 'assets.read',
    about: 'listed',
    query: listQuery.extend({
      kind: mediaKind.optional(),
      tag: z.string().max(longest.tag).optional(),
      service_id: slug.optional().describe('only those that fit this service’s input'),
    }),
    status: 200,
    response: pageOf(asset),
  },
  'POST /assets': {
    summary: 'Upload a media file: multipart `file`, or JSON `{upload_id, name?}` of a resumable upload',
    access: 'assets.write',
    about: 'nothing',
    stream: 'multipart',
    status: 201,
    response: asset,
  },
  'GET /media-tools': {
    summary:
      'Whether this machine can read and convert audio and video (ffmpeg); without it, files are stored unchanged',
    access: 'assets.read',
    about: 'nothing',
    status: 200,
    response: z.object({ available: z.boolean() }),
  },
  'GET /assets/{id}': {
    summary: 'A media file',
    access: 'assets.read',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: asset,
  },
  'PATCH /assets/{id}': {
    summary: 'Rename a media file or change its tags',
    access: 'assets.write',
    about: 'loaded',
    params: idParams,
    body: z.strictObject({
      name: z.string().min(1).max(longest.assetName).optional(),
      tags: z.array(z.string().min(1).max(longest.tag)).max(most.tags).optional(),
    }),
    status: 200,
    response: asset,
  },
  'GET /assets/{id}/uses': {
    summary: 'Users of a media file: examples and presentations of services, runs, comparisons',
    access: 'assets.read',
    params: idParams,
    status: 200,
    response: z.object({
      items: z.array(
        z.object({
          kind: z.enum(['example', 'presentation', 'run', 'comparison']),
          id: z.string(),
          name: z.string(),
        }),
      ),
      total: z.number().int(),
    }),
  },
  'DELETE /assets/{id}': {
    summary: 'Delete a media file; refused while an example or the presentation of a service uses it',
    access: 'assets.write',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
  'GET /assets/{id}/content': {
    summary: 'Its bytes, with ranges',
    access: 'assets.read',
    about: 'loaded',
    instances: true,
    params: idParams,
    query: z.object({ variant: assetVariant.default('playable') }),
    status: 200,
    response: 'stream',
  },
})
