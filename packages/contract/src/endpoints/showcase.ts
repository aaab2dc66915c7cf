import { z } from 'zod'
import { apiOperation } from '../api-operation.ts'
import { json, language, listQuery, pageOf, rowId, rowNumberText, slug } from '../common.ts'
import { shownManifest } from '../manifest.ts'
import { defineEndpoints } from './endpoint.ts'
import { processState, serviceHealth } from './service-instance.ts'

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

/** The showcase, and the stages of its algorithms. */
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
})
