import { z } from 'zod'
import { json, rowId, rowNumberText, slug, timestamp } from '../common.ts'
import { resourceLimits } from '../manifest.ts'
import { defineEndpoints } from './endpoint.ts'
import { runStatus } from './runs.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** The kind of a part of a provenance: `kind` in its annotations. */
export const dependencyKind = z.enum(['code', 'environment', 'image', 'model'])

/** A `ResourceDescriptor` of in-toto: something that is identified by its digests. */
const described = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
  downloadLocation: z.string().optional(),
  mediaType: z.string().optional(),
})

/** What a run was made with. */
export const resolvedDependency = described.extend({
  annotations: z.object({
    kind: dependencyKind,
    provider: z.string().optional().describe('of code: `builtin` or `gitea`'),
    version: z.string().optional().describe('of code: as the manifest states it'),
  }),
})
/** What a run was made with. */
export type ResolvedDependency = z.infer<typeof resolvedDependency>

/** What may be missing from a provenance, because it was not recorded when the run was made. */
export const notRecordedPart = z.enum(['code', 'environment'])
/** What may be missing from a provenance. */
export type NotRecordedPart = z.infer<typeof notRecordedPart>

/**
 * Where a result comes from: an in-toto Statement v1 with a SLSA Provenance v1 predicate. Their names are as those
 * specifications write them; fields that begin with `vitrine_` are extensions, as SLSA allows them.
 */
export const provenance = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(described.required({ name: true, digest: true }))
    .describe('the result, and the files that it names'),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.object({
    buildDefinition: z.object({
      buildType: z.literal('urn:vitrine:run:1'),
      externalParameters: z.object({
        service: slug,
        algorithm: slug.optional(),
        release: z.number().int().nullable(),
        input: z.object({
          digest: z.object({ sha256 }),
          media: z.array(z.object({ asset_id: rowId, digest: z.object({ sha256 }) })),
        }),
        parameters: z.record(z.string(), json),
      }),
      internalParameters: z.object({
        runtime: z.string().optional(),
        limits: resourceLimits.optional(),
        network: z.string().optional(),
        configRevision: z.number().int().optional().describe('the revision of the configuration; 0: none'),
      }),
      resolvedDependencies: z.array(resolvedDependency),
    }),
    runDetails: z.object({
      builder: z.object({ id: z.string(), version: z.object({ vitrine: z.string() }) }),
      metadata: z.object({
        invocationId: rowId,
        startedOn: timestamp.optional(),
        finishedOn: timestamp.optional(),
      }),
      vitrine_status: runStatus,
      vitrine_createdBy: z.string().optional(),
      vitrine_replayOf: rowId.optional(),
      vitrine_notRecorded: z.array(notRecordedPart).describe('what is missing because nobody recorded it'),
    }),
  }),
})
/** Where a result comes from. */
export type Provenance = z.infer<typeof provenance>

/** What was installed for a release. */
export const releaseEnvironment = z.object({
  sha256,
  text: z.string().describe('the list of a package manager: of Python `name==version`, of Node its lock'),
  cut: z.boolean().describe('the list is longer than what was stored'),
})
/** What was installed for a release. */
export type ReleaseEnvironment = z.infer<typeof releaseEnvironment>

/** One value that differs between a result and that of its replay. It is null on the side where it is absent. */
export const replayDifference = z.object({
  path: z.string().describe('dotted, as in `predictions.0.outputs.1.data.score`'),
  output: z.string().nullable().describe('the name of the output that it belongs to'),
  kind: z.string().nullable(),
  before: json,
  after: json,
})

/** How one output of a result differs from that of its replay. */
export const replayPart = z.object({
  prediction: z.number().int(),
  output: z.string(),
  kind: z.string(),
  same: z.boolean(),
  values: z.number().int().describe('how many values were compared'),
  differing: z.number().int(),
  largest_deviation: z.number().nullable().describe('between two numbers in it; null if no number differs'),
})

/** Whether repeating a run gave the same result. */
export const replayOutcome = z.object({
  run_id: rowId,
  replay_of: rowId,
  state: z
    .enum(['pending', 'compared', 'original_gone'])
    .describe('pending: it has not ended; original_gone: the first run was deleted'),
  status: z.object({ before: runStatus.nullable(), after: runStatus }),
  same: z.boolean().nullable().describe('within `tolerance`; null until it is compared'),
  identical: z.boolean().nullable().describe('equal to the last digit'),
  changed: z
    .array(z.enum(['configuration', 'network', 'limits', 'platform']))
    .describe('what else differed between the two runs, as far as it was recorded'),
  tolerance: z.object({
    relative: z.number(),
    absolute: z.number(),
  }),
  parts: z.array(replayPart),
  differences: z.array(replayDifference).describe('the first ones'),
  differing: z.number().int().describe('how many values differ'),
})
/** Whether repeating a run gave the same result. */
export type ReplayOutcome = z.infer<typeof replayOutcome>

const runParams = z.object({ id: rowId })

/** Where results come from, and replays of runs. */
export const provenanceEndpoints = defineEndpoints({
  'GET /runs/{id}/provenance': {
    summary:
      'Where a result comes from: commit, environment, models, parameters, input, time, person (in-toto Statement v1 with SLSA Provenance v1)',
    access: 'runs.read',
    about: 'loaded',
    params: runParams,
    status: 200,
    response: provenance,
  },
  'POST /runs/{id}/replay': {
    summary:
      'Repeat a run exactly: with the same release, input and parameters. If another release serves now, the old one runs next to it',
    access: 'runs.create',
    about: 'loaded',
    params: runParams,
    status: 202,
    response: z.object({ run_id: rowId }),
  },
  'GET /runs/{id}/replay': {
    summary: 'Whether the result of a replay is that of the run that it repeats, and where it differs',
    access: 'runs.read',
    about: 'loaded',
    params: runParams,
    status: 200,
    response: replayOutcome,
  },
  'GET /services/{id}/releases/{number}/environment': {
    summary: 'What was installed for a release',
    access: 'algorithms.read',
    about: 'service',
    params: z.object({ id: slug, number: rowNumberText }),
    status: 200,
    response: releaseEnvironment,
  },
  'GET /public/shares/{token}/runs/{run_id}/provenance': {
    summary: 'Where a result comes from, as far as visitors of its link may know',
    access: 'public',
    params: z.object({ token: z.string().max(200), run_id: rowId }),
    status: 200,
    response: provenance,
  },
})
