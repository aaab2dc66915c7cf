import {
  usesRuntime,
  type ApiOperation,
  type ApiOperationInfo,
  type ApiOverview,
  type Json,
  type MappedApi,
  type WrittenField,
} from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Actor } from '../../lib/actor.ts'
import type { MemoryBudget } from '../../lib/memory-budget.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { wordsOf } from '../../lib/words.ts'
import type { CodeRoute } from '../algorithms/recognition/code-routes/code-route.ts'
import { assetIdOf, assetIdsIn, hiddenAssetIn } from '../assets/asset-ids.ts'
import { loadAsset } from '../assets/assets.usecases.ts'
import type { ReadAssetsDeps } from '../assets/assets.deps.ts'
import { takesRequests, type InstanceFacts } from '../instances/instance-facts.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { LiveInstance } from '../instances/live-instance.ts'
import { exampleMediaRefused, releaseNotFound } from '../releases/releases.errors.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import type { StoredMapping } from '../releases/stored-mapping.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { loadOwned } from '../services/services.usecases.ts'
import { describedApi, type DescribedApi } from './described-api.ts'
import type { DocumentReader } from './document-reader.ts'
import type { ReadMedia } from './input-media.ts'
import { mappedApi, misfitOf } from './mapped-api.ts'
import type { ReadOperation } from './openapi-operation.ts'
import type { OperationName } from './document-content.ts'
import {
  documentNotFound,
  mappingRefused,
  operationNotFound,
  releaseChanged,
  runsByItself,
} from './service-apis.errors.ts'
import { suggestOperation } from './suggest-operation.ts'
import { unsendable, writtenOperation } from './written-operation.ts'

/** What mapping an API needs. */
export type ServiceApisDeps = {
  services: Pick<ServicesRepository, 'get'>
  releases: Pick<ReleasesRepository, 'active' | 'mapServing'>
  monitor: {
    ofService: (serviceId: string) => (InstanceFacts & Pick<LiveInstance, 'release' | 'endpoint'>)[]
  }
  media: ReadAssetsDeps
  readMedia: ReadMedia
  documents: DocumentReader
  /** The routes that the code in a folder states, read in the turn of a person. Null if reading it would take too much. */
  codeRoutes: (person: string, folder: string) => Promise<CodeRoute[] | null>
  /** The memory that all calls share. */
  memory: MemoryBudget
  /** The ids of those whose test call has not ended. */
  testCallers: Set<string>
  paths: DataPaths
}

/** What removing a mapping needs. */
type UnmapDeps = {
  services: Pick<ServicesRepository, 'get'>
  releases: Pick<ReleasesRepository, 'active' | 'mapServing'>
}

/** Who asks about which service. */
export type Asking = { actor: Actor; id: string }
/** A mapping, with all fields of its operation if no document describes them. */
export type Mapping = { operation: ApiOperation; written?: WrittenField[] | undefined }
/** One element of a run, with the parameters. */
export type Element = { input: Json; parameters: Record<string, Json> }

/** A service with a server of its own, its serving release and an instance that answers. */
type Served = { service: StoredService; release: StoredRelease; endpoint: InstanceEndpoint }

/** A service whose package brings its own server, with the release that serves. Throws for any other service. */
async function withOwnServer(
  deps: UnmapDeps,
  asking: Asking,
): Promise<{ service: StoredService; release: StoredRelease }> {
  const service = await loadOwned(deps, asking)
  const release = (await deps.releases.active([service.id])).get(service.id)
  if (!release) throw releaseNotFound({ service_id: service.id, release: null })
  if (usesRuntime(release.manifest)) throw runsByItself({ service_id: service.id })
  return { service, release }
}

/** A service that can be asked about its API. Throws for any other. */
export async function servedBy(deps: ServiceApisDeps, asking: Asking): Promise<Served> {
  const { service, release } = await withOwnServer(deps, asking)
  const ready = deps.monitor
    .ofService(service.id)
    .find((instance) => instance.release === release.number && takesRequests(instance))
  if (!ready?.endpoint) throw serviceNotReady({ service_id: service.id, reason: wordsOf('STOPPED') })
  return { service, release, endpoint: ready.endpoint }
}

/** What describes the API of a served release, and the operation of it that is named. */
function apiOfServed(
  deps: ServiceApisDeps,
  { service, release, endpoint }: Served,
  named: OperationName | null = null,
): Promise<DescribedApi> {
  const { ownerId } = service
  const folder = serviceFolders(deps.paths, service.id).release(release.number)
  const codeRoutes = () => deps.codeRoutes(ownerId, folder)
  return describedApi(deps.documents, { release, endpoint, folder, ownerId, codeRoutes }, named)
}

/**
 * What a mapping has to fit to: the fields that came with it, or those of the API's own document. Throws
 * `service_api.no_document` or `service_api.no_operation` if neither describes it.
 */
export async function operationFor(
  deps: ServiceApisDeps,
  served: Served,
  { operation, written }: Mapping,
): Promise<ReadOperation> {
  if (written) {
    const misfit = unsendable(operation, written)
    if (misfit) throw mappingRefused(misfit)
    return writtenOperation(operation, written)
  }
  const { missing, asked } = await apiOfServed(deps, served, operation)
  if (missing)
    throw documentNotFound({ service_id: served.service.id, why: missing.why, tried: missing.looked_for })
  if (!asked) throw operationNotFound({ method: operation.method, path: operation.path })
  return asked.operation
}

/** The operations of a service's own API: of its document, else the routes in its code, and one that a person described. */
export async function apiOf(deps: ServiceApisDeps, asking: Asking): Promise<ApiOverview> {
  const served = await servedBy(deps, asking)
  const { source, missing, title, operations, total } = await apiOfServed(deps, served)
  const current = served.release.manifest.operation ?? null
  return { service_id: served.service.id, source, missing, title, operations, total, current }
}

/** What an operation takes, and how it could be mapped. Throws `service_api.no_operation` if nothing is known of it. */
export async function describeOperation(
  deps: ServiceApisDeps,
  input: Asking & OperationName,
): Promise<ApiOperationInfo> {
  const { asked } = await apiOfServed(deps, await servedBy(deps, input), input)
  if (!asked) throw operationNotFound({ method: input.method, path: input.path })
  const { operation, written, described_by } = asked
  const { method, path, summary, description, body, fields } = operation
  const suggestion = suggestOperation(operation)
  return { method, path, summary, described_by, description, body, fields, written, suggestion }
}

/** The parts of a mapping that a stage stores. Throws `service_api.misfit` for one that would always fail. */
export function fitting(mapping: ApiOperation, operation: ReadOperation): MappedApi {
  const misfit = misfitOf(mapping, operation)
  if (misfit) throw mappingRefused(misfit)
  return mappedApi(mapping, operation)
}

/** Loads the media files of an element, at any depth, so that nobody sends or shows a file that they may not read. */
export const requireReadable = (deps: ServiceApisDeps, actor: Actor, element: Json) =>
  Promise.all([...new Set(assetIdsIn(element))].map((id) => loadAsset(deps.media, { actor, id })))

/** Stores a mapping of the serving release. Throws `service_api.release_changed` if another one serves by now. */
async function store(deps: UnmapDeps, { serviceId, number }: StoredRelease, api: StoredMapping | null) {
  if (!(await deps.releases.mapServing(serviceId, number, api)))
    throw releaseChanged({ service_id: serviceId })
}

/** Uses an operation in place of `predict` of the serving release, with a demo input if one is given. */
export async function mapOperation(
  deps: ServiceApisDeps,
  input: Asking & Mapping & { example?: (Element & { name: string }) | undefined },
): Promise<Pick<MappedApi, 'input' | 'parameters' | 'output'>> {
  const served = await servedBy(deps, input)
  const { written } = input
  const fitted = fitting(input.operation, await operationFor(deps, served, input))
  const api = written ? { ...fitted, written } : fitted
  const examples = input.example ? [await stageExampleOf(deps, served, input.actor, input.example)] : []
  await store(deps, served.release, { ...api, examples })
  return { input: api.input, parameters: api.parameters, output: api.output }
}

/** A demo input is shown to everybody, so its files must be those that the owner of the service may show. */
async function stageExampleOf(
  deps: ServiceApisDeps,
  { service }: Served,
  actor: Actor,
  { name, input, parameters }: Element & { name: string },
) {
  await requireReadable(deps, actor, input)
  const hidden = await hiddenAssetIn(deps.media, input, service.ownerId)
  if (hidden !== null) throw exampleMediaRefused({ example: wordsOf(name), asset_id: hidden })
  return { name, input_data: [input], parameters, preview_asset_id: assetIdOf(input) }
}

/**
 * Gives the stage back to what the package itself offers, with its demo inputs. Those of the mapping go with it; without a
 * mapping nothing changes. Throws `service_api.own_runtime` if the platform's runtime serves the package.
 */
export async function unmapOperation(deps: UnmapDeps, asking: Asking): Promise<void> {
  const { release } = await withOwnServer(deps, asking)
  if (release.api !== null) await store(deps, release, null)
}
