import { z } from 'zod'
import { apiOperation } from '../api-operation.ts'
import { assetVariants, mediaKinds } from '../choices.ts'
import {
  eventQuery,
  json,
  language,
  listQuery,
  pageOf,
  rowId,
  rowNumberText,
  slug,
  timestamp,
} from '../common.ts'
import { shownManifest } from '../manifest.ts'
import { rule } from '../issue-rules.ts'
import { outputName, predictResponse } from '../protocol.ts'
import { defineEndpoints } from './endpoint.ts'
import { processState, serviceHealth } from './services.ts'

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

/** State of a run. */
export const runStatus = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'])
/** State of a run. */
export type RunStatus = z.infer<typeof runStatus>

/** One call of a service from the stage, with everything that is needed to repeat it. */
export const run = z.object({
  id: rowId,
  service_id: slug,
  release: z.number().int().nullable(),
  commit: z.string().nullable(),
  status: runStatus,
  progress: z.number().min(0).max(1).nullable(),
  progress_message: z.string().nullable(),
  input_data: z.array(json),
  parameters: z.record(z.string(), json),
  result: predictResponse.nullable(),
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), json) }).nullable(),
  unkept_files: z
    .array(z.object({ name: z.string(), reason: z.string() }))
    .describe('files that the algorithm returned and that could not be kept with the run, with the reasons'),
  logs: z.string(),
  created_by: z.string(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
})
/** One call of a service from the stage. */
export type Run = z.infer<typeof run>

/** One demo input of a stage. Media in `input_data` are `{asset_id}`, ready to run. */
export const stageExample = z.object({
  name: z.string(),
  input_data: z.array(json),
  parameters: z.record(z.string(), json),
  preview_asset_id: rowId.nullable(),
  language: language.optional().describe('the language of its input, where it has one'),
})

/** One demo input of a stage. */
export type StageExample = z.infer<typeof stageExample>

/**
 * What the stage of a service can offer: runs (`run`), the page of the service itself (`page`), or neither, because the
 * service has its own API and no operation of it was chosen (`none`).
 */
export const stageWay = z.enum(['run', 'page', 'none'])
/** What the stage of a service can offer. */
export type StageWay = z.infer<typeof stageWay>

/** The service's own page, and the addresses at which it can be opened. */
export const appPage = z.object({
  path: z.string().describe('below the platform’s own address, where browsers give the page no origin'),
  own_url: z.string().nullable().describe('under a host of its own, if there is one'),
  front: z
    .object({ host: z.string(), port: z.number().int() })
    .nullable()
    .describe('its front port, and the address that listens'),
  auth: z.enum(['required', 'public']),
  framed: z.boolean().describe('whether the service lets other pages show it'),
})
/** The service's own page. */
export type AppPage = z.infer<typeof appPage>

/** An algorithm as the showcase shows it. */
export const showcaseItem = z.object({
  service_id: slug,
  name: z.string(),
  description: z.string(),
  line: z.string().describe('one sentence; empty if none was written'),
  task: z.string(),
  tags: z.array(z.string()),
  hidden: z.boolean().describe('whether only those who may operate the service see it'),
  status: processState,
  health: serviceHealth,
  way: stageWay,
  cover_asset_id: rowId.nullable(),
  sample: z
    .object({
      input: json,
      kind: z.string(),
      data: json,
      more: z
        .array(z.object({ kind: z.string(), data: json }))
        .describe('what else was found in the same picture, where it is small'),
      words: z
        .record(z.string(), z.string())
        .optional()
        .describe('the words of the result in the reader’s language, where they are small'),
    })
    .nullable()
    .describe(
      'the first output of the newest successful run of a demo input, reduced to what a cover shows. For tracks these are the ones at the time of the video’s poster, with their recent path. Null if it is large',
    ),
})
/** An algorithm as the showcase shows it. */
export type ShowcaseItem = z.infer<typeof showcaseItem>

/** Everything that an algorithm's stage needs. */
export const stage = z.object({
  service_id: slug,
  name: z.string(),
  description: z.string(),
  line: z.string().describe('one sentence; empty if none was written'),
  story: z.string().describe('Markdown; empty if none was written'),
  tags: z.array(z.string()),
  status: processState,
  health: serviceHealth,
  reason: z.string().nullable(),
  release: z.number().int().nullable(),
  url: z.string(),
  path: z.string(),
  auth: z.enum(['required', 'public']),
  way: stageWay,
  page: appPage.nullable().describe('null if the service has no page, or the reader may not open it'),
  mapped: z.boolean().describe('whether an operation of the service’s own API stands for `predict`'),
  operation: apiOperation
    .nullable()
    .describe(
      'that operation, only for those who may operate the service, so that code that calls it can be generated',
    ),
  own_server: z
    .boolean()
    .describe('whether the package brings its own server, which needs a port and therefore the network'),
  asleep: z.boolean().describe('stopped because nobody used it; the next run or visit starts it'),
  may_present: z.boolean().describe('whether the reader may change how it is shown'),
  may_map: z.boolean().describe('whether the reader may choose an operation of the service’s own API'),
  manifest: shownManifest,
  examples: z.array(stageExample),
  samples: z
    .array(z.object({ example: z.number().int(), run_id: rowId }))
    .describe(
      'recorded results of examples, by their place in `examples`: runs that were chosen, and the platform’s own newest good ones',
    ),
})
/** Everything that an algorithm's stage needs. */
export type Stage = z.infer<typeof stage>

const idParams = z.object({ id: rowId })

/** The showcase: stages, runs. */
export const showcaseEndpoints = defineEndpoints({
  'GET /showcase': {
    summary: 'The showcase; `q` is searched for in titles, descriptions and tags, in both languages',
    access: 'showcase.read',
    about: 'listed',
    query: listQuery.extend({ task: z.string().max(100).optional() }),
    status: 200,
    response: pageOf(showcaseItem),
  },
  'GET /showcase/{id}': {
    summary: 'A service’s stage; with `release`, that of an earlier release that has served',
    access: 'showcase.read',
    about: 'service',
    params: z.object({ id: slug }),
    query: z.object({ release: rowNumberText.optional() }),
    status: 200,
    response: stage,
  },
  'GET /runs': {
    summary:
      'Your own runs, newest first; administrators see all. In the list, `logs` is empty, a `result` above 64 KiB is null, and `input_data` and `parameters` above 64 KiB are empty; `GET /runs/{id}` contains them',
    access: 'runs.read',
    about: 'listed',
    query: listQuery.extend({ service_id: slug.optional() }),
    status: 200,
    response: pageOf(run),
  },
  'POST /runs': {
    summary: 'Run a service on an input',
    access: 'runs.create',
    about: 'loaded',
    body: z
      .object({
        service_id: slug,
        asset_id: rowId.optional(),
        input_data: z.array(json).min(1).max(1000).optional(),
        parameters: z.record(z.string(), json).default({}),
      })
      .refine((body) => (body.asset_id === undefined) !== (body.input_data === undefined), {
        message: rule('field.one_input'),
        path: ['input_data'],
      }),
    status: 202,
    response: z.object({ run_id: rowId }),
  },
  'GET /runs/{id}': {
    summary: 'A run',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: run,
  },
  'DELETE /runs/{id}': {
    summary:
      'Delete an ended run with its result and files, unless a comparison, a share link or a presentation shows it',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
  'POST /runs/{id}/cancel': {
    summary: 'Cancel',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: run,
  },
  'POST /runs/{id}/again': {
    summary:
      'Repeat a run with the same input and parameters on the same release, or on the active release if that one no longer exists',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: z.object({ run_id: rowId }),
  },
  'GET /runs/{id}/files/{name}': {
    summary:
      'A file that the algorithm returned, kept with the run, with ranges; results of ended runs contain these addresses',
    access: 'runs.read',
    about: 'loaded',
    params: idParams.extend({ name: outputName }),
    status: 200,
    response: 'stream',
  },
  'GET /runs/{id}/events': {
    summary: 'Follow a run (SSE: the events of the algorithm contract, and `status` with the run)',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    query: eventQuery,
    status: 200,
    response: 'events',
  },
})
