import { rowId, type ListQuery, type Share } from '@vitrine/contract'
import { requireReach } from '../../http/guard.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import { visibleRows } from '../../lib/policy.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import { comparisonNotFound } from '../comparisons/comparisons.errors.ts'
import { findComparison, type ComparisonsDeps } from '../comparisons/comparisons.usecases.ts'
import { runNotFound } from '../runs/runs.errors.ts'
import { findRun } from '../runs/run-reading.ts'
import type { RunsDeps } from '../runs/runs.usecases.ts'
import { loadService } from '../services/services.usecases.ts'
import { hashPassword } from '../users/users.password-hash.ts'
import { ownShareNotFound, shareExpiryPast, shareOnlyStagesRun } from './shares.errors.ts'
import type { SharesRepository, StoredShare } from './shares.repository.ts'
import { shareState } from './shares.state.ts'

/** What making links needs. */
export type MakeSharesDeps = {
  shares: SharesRepository
  comparisons: ComparisonsDeps
  running: RunsDeps
  streams: OpenStreams
  clock: Clock
}

const iso = (date: Date | null) => date?.toISOString() ?? null

const toShare = (row: StoredShare, now: Date): Share => ({
  id: row.id,
  kind: row.kind,
  target_id: row.targetId,
  title: row.title,
  text: row.text,
  may_run: row.mayRun,
  max_runs: row.maxRuns,
  runs_used: row.runsUsed,
  views: row.views,
  has_password: row.passwordHash !== null,
  expires_at: iso(row.expiresAt),
  revoked_at: iso(row.revokedAt),
  state: shareState(row, now),
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
})

/** The services that a target shows. Throws if the actor may not see it. */
async function servicesIn(
  deps: MakeSharesDeps,
  input: { actor: Actor; kind: Share['kind']; targetId: string },
): Promise<string[]> {
  const { actor, targetId: id } = input
  const { running } = deps
  switch (input.kind) {
    case 'stage':
      return [(await loadService(running, id)).id]
    case 'run':
      if (!rowId.safeParse(id).success) throw runNotFound({ run_id: id })
      return [(await findRun(running, { actor, id })).run.service_id]
    case 'comparison':
      if (!rowId.safeParse(id).success) throw comparisonNotFound({ comparison_id: id })
      return (await findComparison(deps.comparisons, { actor, id })).serviceIds
  }
}

/** Creates a link to something that the actor may see. Only this answer contains the `token`. */
export async function createShare(
  deps: MakeSharesDeps,
  input: {
    actor: Actor
    kind: Share['kind']
    targetId: string
    title: string
    text: string
    mayRun: boolean
    maxRuns: number | null
    expiresAt: string | null
    password: string | undefined
  },
): Promise<Share & { token: string }> {
  const { actor, password, expiresAt, ...link } = input
  const now = deps.clock()
  if (link.mayRun && link.kind !== 'stage') throw shareOnlyStagesRun({ path: 'may_run' })
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime())
    throw shareExpiryPast({ path: 'expires_at' })
  requireReach(actor, await servicesIn(deps, input))
  const token = randomSecret()
  const row = await deps.shares.insert({
    ...link,
    maxRuns: link.mayRun ? link.maxRuns : null,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    passwordHash: password === undefined ? null : await hashPassword(password),
    tokenHash: sha256(token),
    createdById: actor.id,
    createdBy: actor.name,
  })
  return { ...toShare(row, now), token }
}

/** The actor's own links, newest first. */
export async function listShares(
  deps: MakeSharesDeps,
  input: { actor: Actor; query: ListQuery & { target_id?: string | undefined } },
): Promise<{ items: Share[]; total: number }> {
  const { actor, query } = input
  const { rows, total } = await deps.shares.list(
    {
      visible: visibleRows(actor),
      targetId: query.target_id,
      q: query.q,
    },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  const now = deps.clock()
  return { items: rows.map((row) => toShare(row, now)), total }
}

/** Revokes a link for ever. It ends at once, also for visitors who are following a run. */
export async function revokeShare(deps: MakeSharesDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await deps.shares.getVisible(input.id, visibleRows(input.actor))
  if (!row) throw ownShareNotFound({ share_id: input.id })
  await deps.shares.revoke(row.id, deps.clock())
  deps.streams.endOf(`share:${row.id}`)
}
