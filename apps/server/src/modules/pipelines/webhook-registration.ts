import { randomBytes } from 'node:crypto'
import type { HookState } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { requireRecorded, type RecordedPlace } from '../gitea/gitea.recorded.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredReason } from './pipelines.tables.ts'
import type { StoredPushRule } from './push-rules.repository.ts'
import { reasonOf } from './stored-reason.ts'

/** The webhook of a rule, as it is stored. */
export type StoredHook = Pick<
  StoredPushRule,
  'hookRepository' | 'hookId' | 'hookSecret' | 'hookState' | 'hookProblem'
>

/** What a rule has without a webhook. */
export const noHook: StoredHook = {
  hookRepository: null,
  hookId: null,
  hookSecret: null,
  hookState: null,
  hookProblem: null,
}

/** How long a test delivery is waited for, in milliseconds. */
const patienceMs = 15_000

const noAddress: StoredReason = {
  code: 'pipeline.hook_address',
  message: {
    zh: '没有建 Webhook：平台不知道 Gitea 能访问它的地址。请管理员设置 VITRINE_PUBLIC_URL 并重启，再保存一次；在那之前定时查看分支',
    en: 'No webhook was made: the platform does not know at which address Gitea can reach it. An administrator sets VITRINE_PUBLIC_URL and restarts; then save again. Until then the branch is looked at from time to time',
  },
}
const silent: Words = {
  zh: '测试投递没有到达。如果平台的地址是本机或内网地址，请在 Gitea 的 app.ini 中设置 [webhook] ALLOWED_HOST_LIST = private,loopback（或平台的主机名）并重启 Gitea，再保存一次；在那之前定时查看分支',
  en: 'The test delivery did not arrive. If the address of the platform is that of this machine or of a private network, set [webhook] ALLOWED_HOST_LIST = private,loopback (or the host of the platform) in the app.ini of Gitea, restart Gitea, and save again. Until then the branch is looked at from time to time',
}

/** Makes the webhook of a rule, and asks Gitea for a test delivery. What prevents it is the result, not an error. */
export async function makeHook(
  deps: Pick<PipelinesDeps, 'gitea' | 'sealer' | 'hookOrigin'>,
  { serviceId, fullName, place }: { serviceId: string; fullName: string; place: RecordedPlace },
): Promise<StoredHook> {
  const { gitea, sealer, hookOrigin } = deps
  if (hookOrigin === null) return { ...noHook, hookState: 'failed', hookProblem: noAddress }
  const secret = randomBytes(32).toString('hex')
  const url = `${hookOrigin}/api/v1/hooks/gitea?service=${encodeURIComponent(serviceId)}`
  try {
    const { client } = await requireGitea(gitea)
    await requireRecorded(gitea, client, place)
    const hookId = await client.createPushHook(fullName, { url, secret })
    return {
      hookRepository: fullName,
      hookId,
      hookSecret: sealer.seal(secret),
      hookState: 'pending',
      hookProblem: null,
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { ...noHook, hookState: 'failed', hookProblem: reasonOf(error) }
  }
}

/** Asks for a test delivery. It is verified like any other; its arrival shows that the webhook works. */
export async function testHook(
  { gitea, onError }: Pick<PipelinesDeps, 'gitea' | 'onError'>,
  { hookRepository, hookId }: StoredHook,
): Promise<void> {
  if (hookRepository === null || hookId === null) return
  try {
    const { client } = await requireGitea(gitea)
    await client.testHook(hookRepository, hookId)
  } catch (error) {
    onError(error)
  }
}

/** Removes the webhook of a rule from Gitea, if it can: one that stays is refused here. */
export async function dropHook(
  { gitea, onError }: Pick<PipelinesDeps, 'gitea' | 'onError'>,
  { hookRepository, hookId }: StoredHook,
): Promise<void> {
  if (hookRepository === null || hookId === null) return
  try {
    const { client } = await requireGitea(gitea)
    await client.deleteHook(hookRepository, hookId)
  } catch (error) {
    onError(error)
  }
}

/** The current state of the webhook of a rule. A webhook whose test delivery does not arrive is silent. Pure. */
export function hookNow(
  { hookState, hookProblem, updatedAt }: StoredPushRule,
  now: Date,
): { state: HookState; message: Words | null } | null {
  if (hookState === null) return null
  const isLate = now.getTime() - updatedAt.getTime() > patienceMs
  if (hookState === 'pending' && isLate) return { state: 'silent', message: silent }
  return { state: hookState, message: hookProblem?.message ?? null }
}

/** Whether the webhook reports pushes, so that no polling is needed. Pure. */
export const isToldByHook = (rule: StoredPushRule): boolean => rule.hookState === 'working'
