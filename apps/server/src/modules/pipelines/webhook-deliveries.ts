import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { watchedCode } from './code-of-service.ts'
import { checkBranchOnce } from './check-branch.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { allowedBy, lookAtPreviews } from './previews.ts'
import type { StoredPushRule } from './push-rules.repository.ts'

/** The signature of a delivery: HMAC-SHA256 of the body, in hexadecimal. */
export const signatureForm = /^[0-9a-f]{64}$/

/** How long a delivery is remembered, in milliseconds. What is older can only cause a look at the branch. */
const rememberedMs = 30 * 24 * 3600 * 1000

/** Why a delivery is refused. Its sender does not learn the reason. */
export type HookRefusal = keyof typeof hookRefusals

/** Why a webhook is refused, for readers of the audit log. Its sender does not get this. */
export const hookRefusals = {
  no_signature: { zh: '请求没有签名', en: 'the request has no signature' },
  unknown: {
    zh: '没有这个服务，或它没有接收推送的 webhook',
    en: 'there is no such service, or it has no webhook for pushes',
  },
  wrong_signature: {
    zh: '签名不对：Gitea 里的密钥与平台的不一致',
    en: 'the signature is wrong: the secret in Gitea is not that of the platform',
  },
  replayed: { zh: '这次推送以前已经收到过', en: 'this delivery was received before' },
} as const

const pushed = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  repository: z.object({ full_name: z.string() }),
})

/** Compared with for rules that have no webhook, so that the answer takes as long. */
const noSecret = createHash('sha256').update('no webhook').digest('hex')

/** The secret of a rule; null if it has no webhook, or its secret was sealed by another data folder. */
function secretOf({ sealer }: Pick<PipelinesDeps, 'sealer'>, rule: StoredPushRule | null): string | null {
  if (!rule?.hookSecret || !rule.enabled) return null
  try {
    return sealer.open(rule.hookSecret)
  } catch {
    return null
  }
}

/** Whether a body was signed with a secret. Takes the same time for every signature. Pure. */
export function isSignedWith(secret: string, body: Buffer, signature: string): boolean {
  const own = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === own.length && timingSafeEqual(own, given)
}

function parsed(body: Buffer): z.output<typeof pushed> | null {
  try {
    return pushed.safeParse(JSON.parse(body.toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

/**
 * Takes a delivery of Gitea. Its signature must be right, and the same body is taken once. It is then only a reason to look at the branch.
 * Resolves with whether it concerned the branch of the service, or its previews, or with why it is refused.
 */
export async function takeDelivery(
  deps: PipelinesDeps,
  { serviceId, body, signature }: { serviceId: string; body: Buffer; signature: string | undefined },
): Promise<{ taken: boolean } | { refused: HookRefusal }> {
  if (signature === undefined || !signatureForm.test(signature)) return { refused: 'no_signature' }
  const rule = await deps.rules.get(serviceId)
  const secret = secretOf(deps, rule)
  const isRight = isSignedWith(secret ?? noSecret, body, signature)
  if (rule === null || secret === null) return { refused: 'unknown' }
  if (!isRight) return { refused: 'wrong_signature' }
  const push = parsed(body)
  const isTest = push !== null && push.before === push.after
  // A test changes nothing, so that it may come any number of times.
  if (!isTest && !(await deps.pipelines.remember(signature, deps.clock()))) return { refused: 'replayed' }
  if (rule.hookState !== 'working')
    await deps.rules.change(serviceId, { hookState: 'working', hookProblem: null })
  if (push === null || isTest) return { taken: false }
  // A push to the watched branch may be the merge of another one.
  const allowsPreviews = allowedBy(rule) > 0
  if (allowsPreviews) lookAtPreviews(deps, serviceId, 'webhook').catch(deps.onError)
  const isWatched = await concerns(deps, rule, push)
  if (isWatched) checkBranchOnce(deps, serviceId).catch(deps.onError)
  return { taken: isWatched || allowsPreviews }
}

/** Whether a push is to the branch that counts. */
async function concerns(
  deps: PipelinesDeps,
  rule: StoredPushRule,
  { ref, repository }: z.output<typeof pushed>,
): Promise<boolean> {
  const service = await deps.services.get(rule.serviceId)
  if (!service) return false
  const { branch, fullName } = await watchedCode(deps, service, rule)
  return ref === `refs/heads/${branch}` && repository.full_name.toLowerCase() === fullName?.toLowerCase()
}

/** Forgets deliveries that are old. */
export const forgetOldDeliveries = ({
  pipelines,
  clock,
}: Pick<PipelinesDeps, 'pipelines' | 'clock'>): Promise<void> =>
  pipelines.forgetDeliveries(new Date(clock().getTime() - rememberedMs))
