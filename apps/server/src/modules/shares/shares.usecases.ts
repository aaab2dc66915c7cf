import { rowId, type EndpointInput, type ListQuery, type Share } from '@vitrine/contract'
import { admit, requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import { visibleRows } from '../../lib/policy.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import { requireEndWithinKey, requireNoRate } from '../api-keys/api-keys.bounds.ts'
import { comparisonNotFound } from '../comparisons/comparisons.errors.ts'
import { findComparison, type ComparisonsDeps } from '../comparisons/comparisons.usecases.ts'
import type { OwnedRoom } from '../quotas/owned.ts'
import { runNotFound } from '../runs/runs.errors.ts'
import { findRun } from '../runs/reading/read-run.ts'
import type { RunsDeps } from '../runs/runs.usecases.ts'
import { serviceNotYours } from '../services/services.errors.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService, mayOwn } from '../services/services.usecases.ts'
import { hashPassword } from '../users/users.password-hash.ts'
import { ownShareNotFound, shareClosed, shareExpiryPast, shareOnlyStagesRun } from './shares.errors.ts'
import type { ShareChange, SharesRepository, StoredShare } from './shares.repository.ts'
import { shareState } from './shares.state.ts'

/** What making links needs. */
export type MakeSharesDeps = {
  shares: SharesRepository
  comparisons: ComparisonsDeps
  running: RunsDeps
  services: Pick<ServicesRepository, 'some'>
  streams: OpenStreams
  clock: Clock
  owned: OwnedRoom
}

const iso = (date: Date | null) => date?.toISOString() ?? null

/** A link as its creator sees it. `serviceId`: the service of its stage or run. */
const toShare = (row: StoredShare, serviceId: string | null, now: Date): Share => ({
  id: row.id,
  kind: row.kind,
  target_id: row.targetId,
  service_id: serviceId,
  title: row.title,
  text: row.text,
  may_run: row.mayRun,
  max_runs: row.maxRuns,
  runs_used: row.runsUsed,
  views: row.views,
  last_viewed_at: iso(row.lastViewedAt),
  has_password: row.passwordHash !== null,
  embed_origins: row.embedOrigins,
  expires_at: iso(row.expiresAt),
  revoked_at: iso(row.revokedAt),
  state: shareState(row, now),
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
})

/** Links as their creators see them. */
async function toShares(deps: MakeSharesDeps, rows: readonly StoredShare[]): Promise<Share[]> {
  const runIds = rows.filter(({ kind }) => kind === 'run').map(({ targetId }) => targetId)
  const ofRuns = await deps.shares.servicesOfRuns(runIds)
  const now = deps.clock()
  return rows.map((row) =>
    toShare(row, row.kind === 'stage' ? row.targetId : (ofRuns.get(row.targetId) ?? null), now),
  )
}

/** One link as its creator sees it. */
async function toOneShare(deps: MakeSharesDeps, row: StoredShare): Promise<Share> {
  const [shown] = await toShares(deps, [row])
  if (!shown) throw new Error('a row became no link')
  return shown
}

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

/** Refuses runs of what cannot be run, and an expiry in the past. */
function requireSensible(
  deps: Pick<MakeSharesDeps, 'clock'>,
  kind: Share['kind'],
  { mayRun, expiresAt }: { mayRun?: boolean | undefined; expiresAt?: string | null | undefined },
): void {
  if (mayRun && kind !== 'stage') throw shareOnlyStagesRun({ path: 'may_run' })
  if (expiresAt && Date.parse(expiresAt) <= deps.clock().getTime())
    throw shareExpiryPast({ path: 'expires_at' })
}

/**
 * People who may not run the service themselves, or only at a limited rate, cannot let others run it. Throws
 * `auth.not_permitted`, `api_key.rate_beyond_key`.
 */
function requireMayRun(actor: Actor, serviceId: string, mayRun: boolean | undefined): void {
  if (!mayRun) return
  admit(actor, { access: 'runs.create', about: 'service' }, serviceId)
  requireNoRate(actor)
}

/** A preview always needs a sign-in, unless somebody who may operate it decides otherwise. Throws `service.not_yours`. */
async function requireMayShow({ services }: MakeSharesDeps, actor: Actor, serviceIds: readonly string[]) {
  for (const service of await services.some(serviceIds))
    if (service.previewOf !== null && !mayOwn(actor, service))
      throw serviceNotYours({ service_id: service.id, owner: service.ownerName })
}

/** Creates a link to something that the actor may see. Only this answer contains the `token`. Throws `quota.shares`. */
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
    embedOrigins: string[]
  },
): Promise<Share & { token: string }> {
  const { actor, password, expiresAt, ...link } = input
  requireSensible(deps, link.kind, { mayRun: link.mayRun, expiresAt })
  requireEndWithinKey(actor, expiresAt)
  requireMayRun(actor, link.targetId, link.mayRun)
  const shown = await servicesIn(deps, input)
  requireReach(actor, shown)
  await requireMayShow(deps, actor, shown)
  const token = randomSecret()
  const given = {
    ...link,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    passwordHash: password === undefined ? null : await hashPassword(password, actor.id),
    tokenHash: sha256(token),
    createdById: actor.id,
    createdBy: actor.name,
  }
  const row = await deps.owned.storeOneMore(actor, 'shares', {
    countOf: (makerId) => deps.shares.countOf(makerId),
    store: () => deps.shares.insert(given),
  })
  return { ...(await toOneShare(deps, row)), token }
}

/** The actor's own links, newest first. */
export async function listShares(
  deps: MakeSharesDeps,
  input: {
    actor: Actor
    query: ListQuery & { target_id?: string | undefined; service_id?: string | undefined }
  },
): Promise<{ items: Share[]; total: number }> {
  const { actor, query } = input
  const { rows, total } = await deps.shares.list(
    {
      visible: visibleRows(actor),
      targetId: query.target_id,
      serviceId: query.service_id,
      q: query.q,
    },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  return { items: await toShares(deps, rows), total }
}

/** A link that the actor may change. Throws if there is none, or if it was revoked. */
async function changeable(deps: MakeSharesDeps, { actor, id }: { actor: Actor; id: string }) {
  const row = await deps.shares.getVisible(id, visibleRows(actor))
  if (!row) throw ownShareNotFound({ share_id: id })
  if (row.revokedAt !== null) throw shareClosed({ share_id: id })
  return row
}

/** A link that the actor may change. Throws `share.not_found`, `share.closed`. */
export const getShare = async (deps: MakeSharesDeps, input: { actor: Actor; id: string }): Promise<Share> =>
  toOneShare(deps, await changeable(deps, input))

/** Stores a change. Visitors who follow a run have to open the link again if it `shutsOut`. */
async function store(deps: MakeSharesDeps, id: string, change: ShareChange, shutsOut: boolean) {
  const row = await deps.shares.change(id, change)
  if (!row) throw shareClosed({ share_id: id })
  if (shutsOut) deps.streams.endOf(`share:${id}`)
  return toOneShare(deps, row)
}

/**
 * Changes a link at its address. What is undefined stays. With a new password, whoever opened the link with the one before
 * has to enter it.
 */
export async function changeShare(
  deps: MakeSharesDeps,
  input: { actor: Actor; id: string; change: EndpointInput<'PATCH /shares/{id}'>['body'] },
): Promise<Share> {
  const {
    title,
    text,
    may_run: mayRun,
    max_runs: maxRuns,
    expires_at: expiresAt,
    password,
    embed_origins: embedOrigins,
  } = input.change
  const before = await changeable(deps, input)
  requireSensible(deps, before.kind, { mayRun, expiresAt })
  if (expiresAt !== undefined) requireEndWithinKey(input.actor, expiresAt)
  requireMayRun(input.actor, before.targetId, mayRun)
  const passwordHash = typeof password === 'string' ? await hashPassword(password, input.actor.id) : password
  const change = {
    ...(title !== undefined && { title }),
    ...(text !== undefined && { text }),
    ...(expiresAt !== undefined && { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
    ...(passwordHash !== undefined && { passwordHash }),
    ...(embedOrigins !== undefined && { embedOrigins }),
    ...(mayRun !== undefined && { mayRun }),
    // It also stays while the link may not be run, so that it limits the runs that are allowed again.
    ...(maxRuns !== undefined && { maxRuns }),
  }
  return store(deps, before.id, change, typeof passwordHash === 'string')
}

/** Gives a link a new token, because nobody can read the one that it has. The address before stops working at once. */
export async function renewAddress(
  deps: MakeSharesDeps,
  input: { actor: Actor; id: string },
): Promise<Share & { token: string }> {
  const { id, mayRun, expiresAt } = await changeable(deps, input)
  requireEndWithinKey(input.actor, iso(expiresAt))
  if (mayRun) requireNoRate(input.actor)
  const token = randomSecret()
  return { ...(await store(deps, id, { tokenHash: sha256(token) }, true)), token }
}

/** Revokes a link for ever. It ends at once, also for visitors who are following a run. */
export async function revokeShare(deps: MakeSharesDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await deps.shares.getVisible(input.id, visibleRows(input.actor))
  if (!row) throw ownShareNotFound({ share_id: input.id })
  await deps.shares.revoke(row.id, deps.clock())
  deps.streams.endOf(`share:${row.id}`)
}
