import { z } from 'zod'
import { assetVariants, mediaKinds } from '../choices.ts'
import { listQuery, pageOf, rowId, slug, timestamp } from '../common.ts'
import { longest, most } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** The kind of an asset, found from its content. */
export const mediaKind = z.enum(mediaKinds)
/** The kind of an asset, found from its content. */
export type MediaKind = z.infer<typeof mediaKind>

/**
 * The forms of an asset: what browsers can play, the uploaded file, a still picture, a small picture, and the
 * peaks of the sound as JSON.
 */
export const assetVariant = z.enum(assetVariants)
/** The forms of an asset. */
export type AssetVariant = z.infer<typeof assetVariant>

/** A stored media file. */
export const asset = z.object({
  id: rowId,
  name: z.string(),
  kind: mediaKind,
  mime: z.string(),
  size: z.number().int(),
  status: z.enum(['ready', 'processing', 'failed']),
  reason: z.string().nullable().describe('why it failed, or what could not be made of it'),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  duration_s: z.number().nullable(),
  frame_rate: z.number().nullable().describe('frames a second, of a video'),
  variants: z.array(assetVariant).describe('those that can be had now'),
  tags: z.array(z.string()),
  origin: z.enum(['upload', 'example', 'cover']),
  task_id: rowId.nullable().describe('the task that makes its variants, while it runs'),
  created_at: timestamp,
})
/** A stored media file. */
export type Asset = z.infer<typeof asset>

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
      'Whether this machine can read and convert audio and video (ffmpeg); without it, files are stored unchanged. And how large a file may be',
    access: 'assets.read',
    about: 'nothing',
    status: 200,
    response: z.object({
      available: z.boolean(),
      limit_bytes: z.number().int().describe('the largest media file that may be uploaded'),
    }),
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
