import { usualTestTimeoutS, type Pipeline, type PushRule } from '@vitrine/contract'
import { sentenceFor, type Audience } from '../../lib/disclosure.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { WatchedCode } from './code-of-service.ts'
import { hookNow } from './webhook-registration.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import type { StoredReason } from './pipelines.tables.ts'
import type { StoredPushRule } from './push-rules.repository.ts'

const sentenceOf = (reason: StoredReason | null, audience: Audience): string | null =>
  reason && sentenceFor(reason, audience)

const iso = (date: Date | null): string | null => date?.toISOString() ?? null

/** How pushes to this code are learned now. Pure. */
function noticeOf(code: WatchedCode, rule: StoredPushRule | null, now: Date): PushRule['notice'] {
  if (code.promoteFrom !== null) return 'promotion'
  if (code.fullName === null) return 'push'
  const state = rule && hookNow(rule, now)?.state
  return state === 'working' || state === 'pending' ? 'webhook' : 'polling'
}

/** A rule in the form of the API. Without a rule, the values that a new one would begin with. Pure. */
export function shownRule(
  {
    service: { id: serviceId, previewOf },
    rule,
    code,
    previews,
    now,
  }: {
    service: StoredService
    rule: StoredPushRule | null
    code: WatchedCode
    previews: readonly StoredService[]
    now: Date
  },
  audience: Audience,
): PushRule {
  const hook = rule && hookNow(rule, now)
  return {
    service_id: serviceId,
    enabled: rule?.enabled ?? false,
    branch: rule?.branch ?? null,
    followed_branch: code.branch,
    promote_from: code.promoteFrom,
    test: { command: rule?.testCommand ?? null, timeout_s: rule?.testTimeoutS ?? usualTestTimeoutS },
    approval: rule?.approval ?? false,
    previews: rule?.previews ?? 0,
    preview_services: previews.map(({ id, previewBranch }) => ({
      service_id: id,
      branch: previewBranch ?? '',
    })),
    preview_problem: sentenceOf(rule?.previewProblem ?? null, audience),
    preview_of: previewOf,
    code_host: code.host,
    notice: noticeOf(code, rule, now),
    hook: hook && { state: hook.state, message: hook.message?.[audience.language] ?? null },
    last_seen_commit: rule?.lastSeenCommit ?? null,
    problem: sentenceOf(rule?.problem ?? null, audience),
    enabled_by: rule?.authorName ?? null,
  }
}

/** A pipeline in the form of the API. Pure. */
export const shownPipeline = (row: StoredPipeline, audience: Audience): Pipeline => ({
  id: row.id,
  service_id: row.serviceId,
  service_deleted: row.serviceGone,
  algorithm_id: row.algorithmId,
  branch: row.branch,
  commit: row.commit,
  previous_commit: row.previousCommit,
  message: row.message,
  author: row.author,
  pushed_by: row.pushedBy,
  trigger: row.trigger,
  promoted_from: row.promotedFrom,
  state: row.state,
  reason: sentenceOf(row.reason, audience),
  task_id: row.taskId,
  version: row.version,
  release: row.release,
  approved_by: row.approvedBy,
  report_problem: sentenceOf(row.reportProblem, audience),
  created_at: row.createdAt.toISOString(),
  started_at: iso(row.startedAt),
  finished_at: iso(row.finishedAt),
})
