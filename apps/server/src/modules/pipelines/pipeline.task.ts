import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Manifest } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { getVersion, versionOf } from '../algorithms/algorithms.usecases.ts'
import { registerCommit } from '../algorithms/register-commit.ts'
import { fetchFromGitea } from '../gitea/gitea.algorithms.ts'
import { loadOwned } from '../services/services.usecases.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import { watchedCode } from './code-of-service.ts'
import { deployCommit } from './deploy-commit.ts'
import { unchangedFolder, unchangedReason } from './folder-unchanged.ts'
import { checkBranch } from './check-branch.ts'
import { commitGone, pipelineNotSetUp } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import type { StoredPushRule } from './push-rules.repository.ts'
import { finish } from './queue.ts'
import { markCommit, waitsForApproval } from './commit-marks.ts'
import { authorOf } from './rule-author.ts'
import { testPackage } from './test-package.ts'

const pipelineInput = z.object({ pipeline_id: z.uuid(), service_id: z.string() })
type Context = TaskContext<z.output<typeof pipelineInput>, 'fetch' | 'inspect' | 'test' | 'deploy' | 'switch'>

/** What the steps of a pipeline use. */
type Work = { pipeline: StoredPipeline; rule: StoredPushRule; actor: Actor; service: StoredService }

/** A newer push came before the pipeline of an older one had its commit. */
const supersededCode = 'pipeline.commit_gone'

const short = (commit: string): string => commit.slice(0, 8)

/**
 * Step fetch: brings the commit here. If the branch has moved on meanwhile to a commit that is to be deployed, that one is deployed and
 * this pipeline ends. Throws `pipeline.commit_gone` then, or if the other host has forgotten the commit.
 */
async function fetchCommit(deps: PipelinesDeps, { pipeline, rule, actor, service }: Work) {
  const { algorithmId, branch, commit, serviceId, trigger } = pipeline
  const { codeHost } = deps
  const code = await watchedCode(deps, service, rule)
  if (code.fullName !== null) {
    // The followed branch is fetched in any case; asking for it by name would only cost time.
    const other = branch === code.followed ? undefined : branch
    const newest = await fetchFromGitea(deps.gitea, { actor, id: algorithmId, branch: other })
    if (newest.commit === commit) return { message: `${branch} ${short(commit)}`, value: null }
    if (trigger !== 'manual' && (await checkBranch(deps, serviceId, trigger)))
      throw commitGone({ commit, branch })
  }
  if ((await codeHost.resolve(algorithmId, commit)) === null) throw commitGone({ commit, branch })
  await codeHost.pin(algorithmId, commit)
  return { message: `${branch} ${short(commit)}`, value: null }
}

const inspectedOnly = {
  zh: '能够识别；预览不成为代码版本',
  en: 'recognised; a preview is no code version',
}

/** Step inspect: what the package is. It becomes a version if it is none yet. */
async function inspectCommit(deps: PipelinesDeps, { pipeline, actor, service }: Work) {
  const { algorithmId, commit, message } = pipeline
  const { algorithms } = deps
  if (service.previewOf !== null) {
    // As a version it would be the newest one, which is what people deploy elsewhere.
    const { manifest } = await getVersion(algorithms, { algorithmId, ref: commit })
    return { message: inspectedOnly, value: manifest }
  }
  const version =
    (await versionOf(algorithms, { algorithmId, commit })) ??
    (await registerCommit(algorithms, { algorithmId, commit, message, actor }))
  await deps.pipelines.change(pipeline.id, ['running'], { version: version.number })
  return {
    message: { zh: `代码版本 v${version.number}`, en: `code version v${version.number}` },
    value: version.manifest,
  }
}

const notTested = {
  message: {
    zh: '没有测试命令；部署时仍检查黄金示例',
    en: 'no test command; golden examples are checked by the deploy',
  },
  skipped: true,
  value: null,
}
const testedBefore = {
  message: { zh: '批准前已通过', en: 'passed before the approval' },
  skipped: true,
  value: null,
}

/** Step test: runs the package's own test command. */
async function testCommit(
  deps: PipelinesDeps,
  { pipeline, rule, service }: Work,
  { manifest, signal }: { manifest: Manifest; signal: AbortSignal },
  tell: Parameters<typeof testPackage>[2],
) {
  const [file, ...args] = rule.testCommand ?? []
  if (file === undefined) return notTested
  // The command may be another one since.
  const isTested = pipeline.approvedBy !== null && isDeepStrictEqual(pipeline.testedCommand, rule.testCommand)
  if (isTested) return testedBefore
  const command: [string, ...string[]] = [file, ...args]
  await testPackage(deps, { pipeline, service, manifest, command, timeoutS: rule.testTimeoutS, signal }, tell)
  await deps.pipelines.change(pipeline.id, ['running'], { testedCommand: [...command] })
  return { message: { zh: '通过', en: 'passed' }, value: null }
}

const waits = {
  message: waitsForApproval,
  skipped: true,
  value: null,
}

/** Steps deploy and switch: the deploy use case, which keeps the old release if the new one does not pass. */
async function deployAndSwitch(deps: PipelinesDeps, { pipeline, actor }: Work, { step, signal }: Context) {
  const followed = await step('deploy', async (tell) => {
    const begun = await deployCommit(deps, { pipeline, actor, signal }, tell)
    await deps.pipelines.change(pipeline.id, ['running'], { release: begun.release })
    await begun.verified
    return {
      message: {
        zh: `版本 #${begun.release} 已就绪并通过检查`,
        en: `release #${begun.release} is ready and verified`,
      },
      value: begun,
    }
  })
  await step('switch', async () => {
    await followed.ended
    const { release } = followed
    return {
      message: { zh: `版本 #${release} 已接收请求`, en: `release #${release} is taking requests` },
      value: null,
    }
  })
  return followed.release
}

/** Ends a pipeline of a folder that its push did not change. Says whether it did. */
async function endUnchanged(
  deps: PipelinesDeps,
  pipeline: StoredPipeline,
  step: Context['step'],
): Promise<boolean> {
  const folder = await unchangedFolder(deps, pipeline)
  if (folder === null) return false
  const reason = unchangedReason(folder)
  await step('inspect', async () => ({ message: reason.message, skipped: true, value: null }))
  const ended = await finish(deps, pipeline, { state: 'skipped', reason })
  if (ended) markCommit(deps, ended)
  return true
}

async function load(deps: PipelinesDeps, { input }: Context): Promise<Work | null> {
  const pipeline = await deps.pipelines.get(input.pipeline_id)
  if (pipeline?.state !== 'running') return null
  const rule = await deps.rules.get(input.service_id)
  const isOn = rule?.enabled === true || (rule !== null && pipeline.trigger === 'manual')
  if (!rule || !isOn) throw pipelineNotSetUp({ service_id: input.service_id })
  const actor = await authorOf(deps, rule)
  return {
    pipeline,
    rule,
    actor,
    service: await loadOwned(deps, { actor, id: input.service_id }),
  }
}

/** Its rule was turned off before its task had started, so the task could not be cancelled. */
const ruleOffCode = 'pipeline.not_set_up'

/** How a pipeline ends after this error. Pure. */
const stateAfter = ({ code }: Pick<TaskFailure, 'code'>): 'cancelled' | 'superseded' | 'failed' => {
  if (code === 'task.cancelled' || code === ruleOffCode) return 'cancelled'
  return code === supersededCode ? 'superseded' : 'failed'
}

/**
 * The kind of task that does the work of a pipeline. It only waits for the deploy, which has a task and a queue of its own; so any number
 * of them run at once, but one of each service.
 */
export const pipelineTask = (deps: PipelinesDeps): TaskKind<typeof pipelineInput, 'service.pipeline'> => ({
  kind: 'service.pipeline',
  atOnce: Number.POSITIVE_INFINITY,
  input: pipelineInput,
  run: async (context) => {
    const work = await load(deps, context)
    const result = { pipeline_id: context.input.pipeline_id, service_id: context.input.service_id }
    // An earlier control plane had come to the end.
    if (!work) return result
    const { pipeline, rule } = work
    const { step, signal } = context
    markCommit(deps, pipeline)
    await step('fetch', () => fetchCommit(deps, work))
    if (await endUnchanged(deps, pipeline, step)) return result
    const manifest = await step('inspect', () => inspectCommit(deps, work))
    await step('test', (tell) => testCommit(deps, work, { manifest, signal }, tell))
    if (rule.approval && pipeline.approvedBy === null && pipeline.trigger !== 'manual') {
      await step('deploy', async () => waits)
      const waiting = await finish(deps, pipeline, { state: 'waiting' })
      if (waiting) markCommit(deps, waiting)
      return result
    }
    const release = await deployAndSwitch(deps, work, context)
    const ended = await finish(deps, pipeline, { state: 'succeeded', release })
    if (ended) markCommit(deps, ended)
    return { ...result, release }
  },
  async undo({ input, error }) {
    const state = stateAfter(error)
    const reason = state === 'cancelled' ? null : { code: error.code, message: error.message }
    const place = { id: input.pipeline_id, serviceId: input.service_id }
    const ended = await finish(deps, place, { state, reason })
    if (ended) markCommit(deps, ended)
  },
})
