import { createHash } from 'node:crypto'
import { longest, visibleText } from '@vitrine/contract'
import { previewMark } from '../../lib/chosen-id.errors.ts'
import { requireRoomForOneMore } from '../quotas/owned.ts'
import { serviceIdTaken } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPushRule } from './push-rules.repository.ts'
import { authorOf } from './rule-author.ts'

/** A preview sleeps after so many minutes without a request; the next one wakes it. */
const idleMinutes = 30
/** Characters of the digest that distinguishes services and branches whose names become the same id. */
const digestLength = 8

/** The beginning of a text, without hyphens at its end. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/(?<!-)-+$/, '')

/**
 * The ids that the preview of a branch may have, the plain one first: `<id>--<branch>`, with what an id cannot have as hyphens. The other
 * one is for a branch whose plain id is taken. Each has the mark of previews, also if the service's id is cut for it: otherwise somebody
 * could choose it for a service of their own. Pure.
 */
export function previewIds(serviceId: string, branch: string): string[] {
  const words = branch
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const plain = `${serviceId}${previewMark}${words}`
  const digest = createHash('sha256').update(`${serviceId} ${branch}`).digest('hex').slice(0, digestLength)
  const start = `${cut(serviceId, longest.slug - previewMark.length - digestLength)}${previewMark}`
  const middle = cut(words, Math.max(0, longest.slug - start.length - digestLength - 1))
  const isWhole = words !== '' && plain.length <= longest.slug
  return [...(isWhole ? [plain] : []), `${start}${middle === '' ? '' : `${middle}-`}${digest}`]
}

/**
 * Creates the service that a branch is deployed as. It has the options of the service that it belongs to but for its address, and its owner, needs a sign-in
 * whatever that service does, and has no configuration of its own yet. Throws `quota.services`, `service.id_taken`, and what
 * {@link authorOf} throws.
 */
export async function createPreview(
  deps: PipelinesDeps,
  { service, rule, branch }: { service: StoredService; rule: StoredPushRule; branch: string },
): Promise<StoredService> {
  const { services, deploying } = deps
  await requireRoomForOneMore(deploying.quotas, await authorOf(deps, rule), 'services', () =>
    services.countOf(service.ownerId),
  )
  const { algorithmId, groupId, mode, limits, unhealthyProbes, ownerId, ownerName } = service
  const ids = previewIds(service.id, branch)
  for (const id of ids) {
    const inserted = await services.insert({
      id,
      algorithmId,
      groupId,
      mode,
      limits,
      unhealthyProbes,
      ownerId,
      ownerName,
      idleMinutes,
      name: `${service.name} · ${visibleText(branch)}`.slice(0, longest.serviceName),
      // Its first deploy starts it.
      desired: 'stopped',
      // Another address than the default is an administrator's choice, for the service alone.
      options: { ...service.options, auth: 'required', frontHost: deploying.defaults.frontHost },
      previewOf: service.id,
      previewBranch: branch,
    })
    if (inserted) return inserted
  }
  const id = ids.at(-1) ?? service.id
  const holder = await services.get(id)
  throw serviceIdTaken({ service_id: id, algorithm_id: holder?.algorithmId ?? algorithmId })
}
