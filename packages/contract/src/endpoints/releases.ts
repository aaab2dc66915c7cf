import { z } from 'zod'
import {
  json,
  listQuery,
  pageOf,
  rowNumber,
  rowNumberText,
  slug,
  taskAccepted,
  timestamp,
} from '../common.ts'
import { defineEndpoints } from './endpoint.ts'

/** One deployed state of a service. Immutable and numbered. */
export const release = z.object({
  number: z.number().int().min(1),
  commit: z.string(),
  version: z.string().describe('as the manifest states it'),
  status: z.enum(['deploying', 'active', 'retired', 'failed']),
  failure: z.string().nullable().describe('why it failed, where it did'),
  created_at: timestamp,
  created_by: z.string(),
})
/** One deployed state of a service. */
export type Release = z.infer<typeof release>

/** One value that differs between two releases. It is null on the side where it is absent. */
export const releaseChange = z.object({
  area: z
    .enum(['manifest', 'parameters', 'environment', 'config'])
    .describe('parameters: of the algorithm; environment: interpreter and packages; config: of the service'),
  path: z.string().describe('dotted, as in `parameters.properties.threshold.default`'),
  before: json,
  after: json,
})

/** One file that differs between two releases. */
export const changedFile = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  patch: z.string().nullable().describe('unified diff; null where it is binary or too long to show'),
})

/** The differences between two releases of a service. */
export const releaseDiff = z.object({
  from: release,
  to: release,
  changes: z.array(releaseChange),
  files: z.array(changedFile),
  files_cut: z.boolean().describe('more files differ than are listed'),
})
/** The differences between two releases of a service. */
export type ReleaseDiff = z.infer<typeof releaseDiff>

const idParams = z.object({ id: slug })

/** Releases of a service. */
export const releaseEndpoints = defineEndpoints({
  'GET /services/{id}/releases': {
    summary: 'Its releases, newest first',
    access: 'services.read',
    about: 'service',
    params: idParams,
    query: listQuery,
    status: 200,
    response: pageOf(release),
  },
  'GET /services/{id}/releases/build-log': {
    summary: 'What the package managers printed for a release, from an offset; also while they work',
    access: 'services.logs',
    about: 'service',
    params: idParams,
    query: z.object({
      release: rowNumberText.optional().describe('the newest if absent'),
      after: z.coerce.number().int().min(0).default(0).describe('`next` of the answer before'),
    }),
    status: 200,
    response: z.object({ lines: z.array(z.string()), next: z.number().int() }),
  },
  'GET /services/{id}/releases/diff': {
    summary: 'Differences between two of its releases: code, parameters, environment, settings',
    access: 'algorithms.read',
    about: 'service',
    params: idParams,
    query: z.object({ from: rowNumberText, to: rowNumberText }),
    status: 200,
    response: releaseDiff,
  },
  'POST /services/{id}/rollback': {
    summary: 'Roll back: deploy an earlier release again without a rebuild',
    access: 'services.deploy',
    about: 'service',
    params: idParams,
    body: z.strictObject({ release: rowNumber }),
    status: 202,
    response: taskAccepted.extend({ service_id: slug }),
  },
})
