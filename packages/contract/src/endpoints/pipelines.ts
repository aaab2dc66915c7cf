import { z } from 'zod'
import { listQuery, pageOf, rowId, slug, timestamp, wholeWithin } from '../common.ts'
import { bounds, longest, most } from '../limits.ts'
import { codeHostKind } from './algorithms.ts'
import { branchName } from './branch-name.ts'
import { defineEndpoints } from './endpoint.ts'
import { changedFile } from './releases.ts'
import { taskStep } from './tasks.ts'

/**
 * How the platform learns of a commit to deploy: from its own git host, from a webhook, by checking at intervals, or
 * because another service now serves it.
 */
export const pushNotice = z.enum(['webhook', 'polling', 'push', 'promotion'])
/** How the platform learns of what is to be deployed. */
export type PushNotice = z.infer<typeof pushNotice>

/** The state of the webhook of a rule: made but not used yet, working, not arriving, or impossible to make. */
export const hookState = z.enum(['pending', 'working', 'silent', 'failed'])
/** The state of the webhook of a rule. */
export type HookState = z.infer<typeof hookState>

/** How long tests may take unless somebody says otherwise, in seconds. */
export const usualTestTimeoutS = 600

const testCommand = z
  .array(z.string().min(1).max(longest.testWord))
  .min(1)
  .max(most.testWords)
  .describe('a program and its arguments; no shell reads them')

const testSettings = z.object({
  command: testCommand.nullable().describe('null: only the golden examples are checked'),
  timeout_s: z.number().int().min(bounds.testTimeoutS.min).max(bounds.testTimeoutS.max),
})

/** A push rule: whether, and how, pushes to the code of a service are deployed. */
export const pushRule = z.object({
  service_id: slug,
  enabled: z.boolean(),
  branch: z.string().nullable().describe('null: the branch that the algorithm follows'),
  followed_branch: z.string().describe('the branch that counts'),
  promote_from: slug
    .nullable()
    .describe(
      'null: pushes are deployed. Else the commit that this service of the same algorithm has begun to serve is deployed',
    ),
  test: testSettings,
  approval: z.boolean().describe('whether somebody must approve after the tests, before the deploy'),
  previews: z.number().int().describe('how many other branches may have a preview at once; 0: none has one'),
  preview_services: z
    .array(z.object({ service_id: slug, branch: z.string() }))
    .describe('the services that serve other branches'),
  preview_problem: z
    .string()
    .nullable()
    .describe('why a branch has no preview, or its push is not looked at'),
  preview_of: slug
    .nullable()
    .describe(
      'for a preview, the service whose other branch it serves. Its rule follows from the rule of that service',
    ),
  code_host: codeHostKind,
  notice: pushNotice,
  hook: z
    .object({ state: hookState, message: z.string().nullable() })
    .nullable()
    .describe('null without a webhook'),
  last_seen_commit: z.string().nullable(),
  problem: z.string().nullable().describe('why the last check of the branch failed'),
  enabled_by: z.string().nullable().describe('in whose name pushes are deployed'),
})
/** A push rule: whether, and how, pushes to the code of a service are deployed. */
export type PushRule = z.infer<typeof pushRule>

/** How a pipeline began. */
export const pipelineTrigger = z.enum(['push', 'webhook', 'polling', 'manual', 'promotion'])
/** How a pipeline began. */
export type PipelineTrigger = z.infer<typeof pipelineTrigger>

/** State of a pipeline. `waiting`: for approval. `superseded`: a newer push came first. */
export const pipelineState = z.enum([
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
  'skipped',
])
/** State of a pipeline. */
export type PipelineState = z.infer<typeof pipelineState>

/** The progress of one push: fetched, inspected, tested, deployed. */
export const pipeline = z.object({
  id: rowId,
  service_id: slug,
  service_deleted: z
    .boolean()
    .describe('whether its service has been deleted; another one may have the id by now'),
  algorithm_id: slug,
  branch: z.string(),
  commit: z.string(),
  previous_commit: z.string().nullable().describe('the commit that was served when the push came'),
  message: z.string().describe('the first line of the message of the commit'),
  author: z.string().describe('the author of the commit, as git names them'),
  pushed_by: z
    .string()
    .nullable()
    .describe('the account that has pushed it; null if that is not known, as of pushes to Gitea'),
  trigger: pipelineTrigger,
  promoted_from: slug.nullable().describe('the service that served the commit before'),
  state: pipelineState,
  reason: z.string().nullable().describe('why it failed, was skipped or superseded'),
  task_id: rowId.nullable().describe('the task that does the work, or did it last'),
  version: z.number().int().nullable().describe('the code version that the commit became'),
  release: z.number().int().nullable().describe('the release that it became'),
  approved_by: z.string().nullable(),
  report_problem: z.string().nullable().describe('why the state of the commit could not be told to Gitea'),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
})
/** What becomes of one push. */
export type Pipeline = z.infer<typeof pipeline>

/** A pipeline with the steps of the task that does its work, or did it last. */
export const pipelineWithSteps = pipeline.extend({
  service_name: z.string().describe('the id of a service that has been deleted'),
  may_operate: z.boolean().describe('whether the caller may cancel it, approve it and run it again'),
  steps: z.array(taskStep),
})

/** A commit in the list of what changed. */
export const pushedCommit = z.object({
  commit: z.string(),
  message: z.string(),
  author: z.string(),
  committed_at: timestamp,
})
/** A commit in the list of what changed. */
export type PushedCommit = z.infer<typeof pushedCommit>

const serviceParams = z.object({ id: slug })
const pipelineParams = z.object({ id: rowId })

/** Push to deploy: the rule of a service, and the outcome of each push. */
export const pipelineEndpoints = defineEndpoints({
  'GET /services/{id}/push-deploy': {
    summary: 'Whether, and how, pushes to its code are deployed',
    access: 'services.deploy',
    about: 'service',
    params: serviceParams,
    status: 200,
    response: pushRule,
  },
  'PUT /services/{id}/push-deploy': {
    summary:
      'From now on, deploy each push to its branch, or each commit that another service begins to serve, in the name of the caller. For code in Gitea a webhook is made. If it cannot arrive, the branch is checked at intervals',
    access: 'services.deploy',
    about: 'service',
    params: serviceParams,
    body: z.strictObject({
      enabled: z.boolean(),
      branch: branchName
        .nullable()
        .default(null)
        .describe('null: the branch that the algorithm follows; without effect if `promote_from` is set'),
      promote_from: slug
        .nullable()
        .default(null)
        .describe('a service of the same algorithm: what it begins to serve is deployed, and no push'),
      test: z
        .strictObject({
          command: testCommand.nullable().default(null),
          timeout_s: testSettings.shape.timeout_s.default(usualTestTimeoutS),
        })
        .default({ command: null, timeout_s: usualTestTimeoutS }),
      approval: z.boolean().default(false),
      previews: wholeWithin(bounds.previews)
        .default(0)
        .describe(
          'how many other branches get a service of their own, `<id>--<branch>`, when they are pushed; without effect if `promote_from` is set',
        ),
    }),
    status: 200,
    response: pushRule,
  },
  'DELETE /services/{id}/push-deploy': {
    summary: 'Forget the rule, and remove its webhook. Earlier pipelines stay',
    access: 'services.deploy',
    about: 'service',
    params: serviceParams,
    status: 204,
    response: null,
  },
  'GET /pipelines': {
    summary: 'Pipelines, newest first',
    access: 'services.read',
    about: 'listed',
    query: listQuery.extend({
      service_id: slug.optional().describe('only those of the service that has this id now'),
      algorithm_id: slug.optional(),
      state: pipelineState.optional(),
    }),
    status: 200,
    response: pageOf(pipeline),
  },
  'GET /pipelines/{id}': {
    summary: 'A pipeline, with the steps of its work',
    access: 'services.read',
    about: 'loaded',
    params: pipelineParams,
    status: 200,
    response: pipelineWithSteps,
  },
  'GET /pipelines/{id}/log': {
    summary: 'What its tests printed, from an offset; also while they run',
    access: 'services.logs',
    about: 'loaded',
    params: pipelineParams,
    query: z.object({
      after: z.coerce.number().int().min(0).default(0).describe('`next` of the answer before'),
    }),
    status: 200,
    response: z.object({ lines: z.array(z.string()), next: z.number().int() }),
  },
  'GET /pipelines/{id}/changes': {
    summary: 'What changed since the commit that served when the push came: commits and files',
    access: 'algorithms.read',
    about: 'loaded',
    params: pipelineParams,
    status: 200,
    response: z.object({
      from: z.string().nullable(),
      to: z.string(),
      commits: z.array(pushedCommit),
      commits_cut: z.boolean().describe('there are more commits than are listed'),
      files: z.array(changedFile),
      files_cut: z.boolean().describe('more files differ than are listed'),
    }),
  },
  'POST /pipelines/{id}/cancel': {
    summary: 'Cancel; the release that serves stays',
    access: 'services.deploy',
    about: 'loaded',
    params: pipelineParams,
    status: 202,
    response: pipeline,
  },
  'POST /pipelines/{id}/approve': {
    summary: 'Approve one that waits for it: it is deployed',
    access: 'services.deploy',
    about: 'loaded',
    params: pipelineParams,
    status: 202,
    response: pipeline,
  },
  'POST /pipelines/{id}/rerun': {
    summary: 'Run the same commit again, as a new pipeline',
    access: 'services.deploy',
    about: 'loaded',
    params: pipelineParams,
    status: 202,
    response: pipeline,
  },
  'POST /hooks/gitea': {
    summary:
      'The address to which Gitea reports pushes. Signed: `X-Gitea-Signature` is the HMAC-SHA256 of the body, in hexadecimal. The platform makes these webhooks itself',
    access: 'public',
    query: z.object({ service: slug }),
    stream: 'raw',
    status: 202,
    response: z.object({ service_id: slug, taken: z.boolean().describe('whether it concerned the branch') }),
  },
})
