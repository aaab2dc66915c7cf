import { z } from 'zod'
import { eventQuery, json, listQuery, pageOf, rowId, slug, timestamp, wholeWithin } from '../common.ts'
import { rule } from '../issue-rules.ts'
import { bounds, longest, most } from '../limits.ts'
import { newSharePassword } from '../passwords.ts'
import { assetVariant, mediaKind } from './assets.ts'
import { comparison } from './comparisons.ts'
import { defineEndpoints } from './endpoint.ts'
import { shownManifest } from '../manifest.ts'
import { outputName } from '../protocol.ts'
import { run, runEvents } from './runs.ts'
import { stage } from './showcase.ts'

/** What a share link shows. */
export const shareKind = z.enum(['stage', 'run', 'comparison'])

/**
 * The sites that may show a link in a frame. Only what the content security policy of a page can name: scheme, host and
 * port, in lower case as browsers write them, without a star.
 */
const embedOrigins = z
  .array(
    z
      .string()
      .max(longest.embedOrigin)
      .regex(/^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, rule('field.origin')),
  )
  .max(most.embedOrigins)
  .describe('the origins of sites that may show the link in a frame, e.g. `https://www.example.com`')

/** A share link for a customer, as its creator sees it. The token is only in the answer that creates it. */
export const share = z.object({
  id: rowId,
  kind: shareKind,
  target_id: z.string().describe('a service id for a stage, else a run’s or comparison’s id'),
  service_id: slug
    .nullable()
    .describe('the service of its stage or run; null for a comparison, and if the run was deleted'),
  title: z.string(),
  text: z.string(),
  may_run: z.boolean(),
  max_runs: z.number().int().nullable(),
  runs_used: z.number().int(),
  views: z.number().int(),
  last_viewed_at: timestamp.nullable(),
  has_password: z.boolean(),
  embed_origins: embedOrigins,
  expires_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
  state: z.enum(['active', 'expired', 'revoked', 'used_up']),
  created_by: z.string(),
  created_at: timestamp,
})
/** A share link for a customer. */
export type Share = z.infer<typeof share>

/** What a visitor of a share link gets: the target itself, and nothing about its creator. */
export const publicShare = z.object({
  kind: shareKind,
  title: z.string(),
  text: z.string(),
  may_run: z.boolean(),
  runs_left: z.number().int().nullable(),
  upload_limit_bytes: z.number().int().describe('the largest file that a visitor may upload'),
  expires_at: timestamp.nullable(),
  stage: stage.nullable(),
  run: run.nullable(),
  comparison: comparison.extend({ runs: z.array(run) }).nullable(),
  algorithms: z
    .array(
      z.object({
        service_id: slug,
        name: z.string(),
        manifest: shownManifest.pick({ parameters: true, output: true, result_words: true }),
      }),
    )
    .describe('names, parameter schemas, output schemas and words of the algorithms in a recorded result'),
})
/** What a visitor of a share link gets. */
export type PublicShare = z.infer<typeof publicShare>

const idParams = z.object({ id: rowId })
const tokenParams = z.object({
  token: z
    .string()
    .min(16)
    .max(100)
    .describe(
      'that of the link’s address; a page in a frame of another site, where browsers keep no cookie, adds `~` and 43 characters [A-Za-z0-9_-] that only it knows',
    ),
})

/** Share links for customers. */
export const shareEndpoints = defineEndpoints({
  'GET /shares': {
    summary: 'Your own share links; administrators see all',
    access: 'shares.write',
    about: 'listed',
    query: listQuery.extend({
      target_id: z.string().max(100).optional(),
      service_id: slug
        .optional()
        .describe('only links to its stage, its runs, and comparisons that contain no other service'),
    }),
    status: 200,
    response: pageOf(share),
  },
  'POST /shares': {
    summary: 'Create a share link; only this response contains its token',
    access: 'shares.write',
    about: 'loaded',
    body: z.strictObject({
      kind: shareKind,
      target_id: z.string().min(1).max(100),
      title: z.string().max(longest.shareTitle).default(''),
      text: z.string().max(longest.shareText).default(''),
      may_run: z.boolean().default(false),
      max_runs: wholeWithin(bounds.shareRuns).nullable().default(null),
      expires_at: timestamp.nullable().default(null),
      password: newSharePassword.optional(),
      embed_origins: embedOrigins.default([]),
    }),
    status: 201,
    response: share.extend({ token: z.string(), url: z.string() }),
  },
  'PATCH /shares/{id}': {
    summary: 'Change a share link at its address; it is valid again if it had only expired',
    access: 'shares.write',
    about: 'loaded',
    params: idParams,
    body: z.strictObject({
      title: z.string().max(longest.shareTitle).optional(),
      text: z.string().max(longest.shareText).optional(),
      may_run: z.boolean().optional(),
      max_runs: wholeWithin(bounds.shareRuns).nullable().optional(),
      expires_at: timestamp.nullable().optional(),
      password: newSharePassword
        .nullable()
        .optional()
        .describe('null: none. People who opened the link with the former password must enter the new one'),
      embed_origins: embedOrigins.optional(),
    }),
    status: 200,
    response: share,
  },
  'POST /shares/{id}/address': {
    summary: 'Give a share link a new address; the former address stops working at once',
    access: 'shares.write',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: share.extend({ token: z.string(), url: z.string() }),
  },
  'DELETE /shares/{id}': {
    summary: 'Revoke a share link; takes effect at once',
    access: 'shares.write',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
  'GET /public/shares/{token}': {
    summary: 'The content of a share link',
    access: 'public',
    params: tokenParams,
    status: 200,
    response: publicShare,
  },
  'POST /public/shares/{token}/unlock': {
    summary: 'Open a share link that has a password',
    access: 'public',
    params: tokenParams,
    body: z.strictObject({ password: z.string().min(1).max(bounds.sharePassword.max) }),
    status: 204,
    response: null,
  },
  'POST /public/shares/{token}/runs': {
    summary: 'Run the shared stage',
    access: 'public',
    params: tokenParams,
    body: z.strictObject({
      input_data: z.array(json).min(1).max(10),
      parameters: z.record(z.string(), json).default({}),
    }),
    status: 202,
    response: z.object({ run_id: rowId, runs_left: z.number().int().nullable() }),
  },
  'GET /public/shares/{token}/runs/{run_id}': {
    summary: 'A visitor’s own run',
    access: 'public',
    params: tokenParams.extend({ run_id: rowId }),
    status: 200,
    response: run,
  },
  'POST /public/shares/{token}/runs/{run_id}/cancel': {
    summary: 'Cancel a visitor’s own active run',
    access: 'public',
    params: tokenParams.extend({ run_id: rowId }),
    status: 202,
    response: run,
  },
  'GET /public/shares/{token}/runs/{run_id}/events': {
    summary: 'Follow a visitor’s own run (SSE)',
    access: 'public',
    params: tokenParams.extend({ run_id: rowId }),
    query: eventQuery,
    status: 200,
    response: 'events',
    events: runEvents,
  },
  'GET /public/shares/{token}/runs/{run_id}/files/{name}': {
    summary:
      'A file that an algorithm returned in a run that the link shows, or in a visitor’s own run; results contain these addresses',
    access: 'public',
    params: tokenParams.extend({
      run_id: rowId,
      name: outputName,
    }),
    status: 200,
    response: 'stream',
  },
  'POST /public/shares/{token}/assets': {
    summary: 'Upload a visitor’s own input for a stage that can be run (multipart `file`)',
    access: 'public',
    params: tokenParams,
    stream: 'multipart',
    status: 201,
    response: z.object({ asset_id: rowId, kind: mediaKind, mime: z.string() }),
  },
  'GET /public/shares/{token}/assets/{asset_id}/content': {
    summary: 'The bytes of a media file that the link shows, with ranges',
    access: 'public',
    params: tokenParams.extend({ asset_id: rowId }),
    query: z.object({
      variant: assetVariant.default('playable'),
    }),
    status: 200,
    response: 'stream',
  },
})
