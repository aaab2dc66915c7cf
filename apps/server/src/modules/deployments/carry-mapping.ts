import { isDeepStrictEqual } from 'node:util'
import type { MappedApi } from '@vitrine/contract'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { StoredMapping } from '../releases/stored-mapping.ts'
import { carriedApi } from '../service-apis/carry-operation.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'

/** The release whose mapped operation a new release goes on with: the one that serves. Null for an earlier release. */
export async function mappedBefore(
  deps: DeployDeps,
  { service, release }: Deploy,
): Promise<StoredRelease | null> {
  if (release.status !== 'deploying' || service.currentRelease === null) return null
  const serving = await deps.releases.get(service.id, service.currentRelease)
  return serving?.api ? serving : null
}

/** The operation of a mapping, for the API of a new release as its first instance has it. Null if it does not fit. */
async function carriedTo(deps: DeployDeps, deploy: Deploy, earlier: MappedApi): Promise<MappedApi | null> {
  const { service, folder, release } = deploy
  const examined = await deps.releases.get(service.id, release.number)
  const instance = deps.instances.monitor
    .ofService(service.id)
    .find((each) => each.release === release.number && each.endpoint !== null)
  if (!instance?.endpoint) return null
  const openapi = examined?.appFacts?.openapi ?? null
  return carriedApi(deps.apiDocuments, earlier, {
    endpoint: instance.endpoint,
    openapi,
    folder,
    ownerId: service.ownerId,
  })
}

/** Whether two mappings are of one operation with the same fields: those that are sent, and those that a person wrote. */
const describeTheSame = (one: MappedApi, other: MappedApi): boolean =>
  isDeepStrictEqual([one.operation, one.written], [other.operation, other.written])

/**
 * Lets a new release go on with the mapping of the release that serves, as it is now, and with its demo inputs: somebody
 * may have changed it since the release was examined. Resolves with that mapping, or null if there is none. Safe to repeat.
 */
export async function carryMapping(deps: DeployDeps, deploy: Deploy): Promise<StoredMapping | null> {
  const { id } = deploy.service
  const { number } = deploy.release
  const { releases } = deps
  const before = await mappedBefore(deps, deploy)
  const mapped = before?.api ?? null
  const known = (await releases.get(id, number))?.api ?? null
  const isKnown = known !== null && mapped !== null && describeTheSame(known, mapped)
  const api = mapped === null || isKnown ? known : await carriedTo(deps, deploy, mapped)
  await releases.update(id, number, {
    api: api === null || before === null ? null : { ...api, examples: before.examples },
  })
  return mapped
}
