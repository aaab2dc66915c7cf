import type { Json, Manifest, ServiceMode } from '@vitrine/contract'
import { requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { configValuesMissing } from '../configs/configs.errors.ts'
import { missingVariables, type PackageDefaults } from '../configs/effective/service-variables.ts'
import type { RequireNetwork } from '../instances/network-access.ts'
import type { ModelProvider } from '../models/provide-models.ts'
import { holdFrontPort } from '../ports/front-ports.ts'
import { takenFrontPort } from '../ports/ask-for-port.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import { releaseAlreadyActive, releaseNeverServed, releaseNotFound } from '../releases/releases.errors.ts'
import { requireWithin, type Ceilings } from '../quotas/instance-limits.ts'
import { requireChosenId } from '../../lib/chosen-id.errors.ts'
import { requireRoomForOneMore } from '../quotas/owned.ts'
import type { QuotaTable } from '../quotas/quotas.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadOwned } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { StoredTask } from '../tasks/tasks.repository.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'
import { deployMode } from './deploy-mode.ts'
import type { RequireGivenMedia } from './given-media.ts'
import {
  planDeploy,
  type ConfiguredOptions,
  type DeployPlan,
  type DeployRequest,
  type ServiceDefaults,
} from './plan-deploy.ts'
import { storeDeploy } from './store-deploy.ts'

type Version = { commit: string; manifest: Manifest }

/** What deploying a service needs. */
export type DeployServiceDeps = {
  services: ServicesRepository
  releases: ReleasesRepository
  ports: PortsDeps
  inTransaction: InDeploymentTransaction
  runner: TaskRunner
  /** The code and manifest of an algorithm at a ref. By default its newest version. */
  getVersion: (input: { algorithmId: string; ref: string | undefined }) => Promise<Version>
  defaults: Omit<ServiceDefaults, keyof ConfiguredOptions>
  /** What a new service gets from the configuration, as it is set now. */
  configuredOptions: () => ConfiguredOptions
  /** The most that a manifest may state as limits of instances. */
  ceilings: Ceilings
  requireNetwork: RequireNetwork
  /** The modes that this machine can run. */
  modes: ReadonlySet<ServiceMode>
  /** Whether images are published to a registry, as it is set now. */
  hasRegistry: () => boolean
  modelFiles: Pick<ModelProvider, 'require'>
  requireGivenMedia: RequireGivenMedia
  /** The variables that a service would have now with what its package brings, of any layer. */
  variablesOf: (of: {
    serviceId: string
    defaults: PackageDefaults
  }) => Promise<Readonly<Record<string, string>>>
  clock: Clock
  /** Encrypts a value of the configuration. */
  seal: (value: Json) => string
  quotas: QuotaTable
}

/**
 * How often a deploy is planned. It is planned again if another request came first. That request has changed what
 * the next plan reads, so more rounds would only hide a fault.
 */
const mostPlans = 3

/** The error for a deploy that could not be stored in any of its rounds. */
async function notStored({ ports }: DeployServiceDeps, { serviceId, port }: DeployPlan): Promise<Error> {
  if (port?.fixed === undefined) return new Error(`other requests came before each deploy of ${serviceId}`)
  return takenFrontPort(ports, { host: port.host, port: port.fixed, serviceId })
}

/** Throws `config.values_missing` if the package declares variables that have no value. */
async function requireVariables(
  { variablesOf }: DeployServiceDeps,
  { serviceId, config }: DeployRequest,
  { env: declared, defaults = {} }: Manifest,
): Promise<void> {
  if (declared.length === 0) return
  const names = missingVariables(declared, {
    ...(await variablesOf({ serviceId, defaults })),
    ...config?.env,
  })
  if (names.length > 0) throw configValuesMissing({ service_id: serviceId, names })
}

/** Plans a deploy of a version for the service as it is now. Throws what the planning throws. */
async function planNow(
  deps: DeployServiceDeps,
  request: DeployRequest,
  version: Version,
): Promise<DeployPlan> {
  const { serviceId } = request
  const existing = await deps.services.get(serviceId)
  const wish = existing?.frontPort === null ? await deps.releases.lastAskedPort(serviceId) : null
  const usual = existing?.mode ?? deps.defaults.mode
  const here = { modes: deps.modes, hasRegistry: deps.hasRegistry() }
  const mode = deployMode(version.manifest, { asked: request.config?.mode, usual }, here)
  const { mode: _asked, ...others } = request.config ?? {}
  // Values that the service already has are not requested, because somebody may change them meanwhile.
  const config = { ...others, ...(mode !== usual && { mode }) }
  const preferring = { ...(wish !== null && { preferredPort: wish }), ...request, config }
  const defaults = { ...deps.defaults, ...deps.configuredOptions() }
  return planDeploy({ request: preferring, version, existing, defaults })
}

/** Stores a plan. The front port that it asks for is held until it is stored. Throws what holding it throws, and `quota.services`. */
async function storeHolding(
  deps: DeployServiceDeps,
  actor: Actor,
  plan: DeployPlan,
): Promise<StoredTask | 'outrun'> {
  const held = plan.port ? await holdFrontPort(deps.ports, plan.port) : null
  try {
    // Every new service holds a port, and holds wait for each other, so simultaneous ones count for each other.
    if (plan.newService) {
      requireChosenId(plan.serviceId, 'service_id')
      await requireRoomForOneMore(deps.quotas, actor, 'services', (owner) => deps.services.countOf(owner))
    }
    const storing = { frontPort: held?.port ?? null, now: deps.clock(), seal: deps.seal }
    const stored = await storeDeploy(deps.inTransaction, plan, storing)
    if (stored !== 'outrun') held?.keep()
    return stored
  } finally {
    await held?.end()
  }
}

/**
 * Starts a deploy: of a new service, or of the next release of an existing one. Options of an existing
 * service take effect when the release begins to serve, and never if it fails. Resolves with the task, which goes on by itself.
 * If this throws, nothing is stored. It throws
 * - what finding the version throws (`algorithm.not_found`, `algorithm.ref_not_found`, `algorithm.not_recognised`, `algorithm.invalid`);
 * - for who asks: `service.not_yours`, `service.id_taken`, `id.for_previews`, `quota.services`, for a limited key `auth.service_not_allowed`;
 * - for the front port: `port.host_not_permitted`, `port.host_unavailable`, `port.taken`, `port.out_of_range`, `port.exhausted`;
 * - for how it runs: `quota.network`, `service.network_unavailable`, `service.mode_unavailable`, `deploy.container_needed`,
 *   `deploy.registry_needed`, `deploy.cluster_without_models`, and `request.invalid` for limits of the manifest above the ceiling;
 * - for what it needs: `deploy.model_missing`, `deploy.model_private`, `deploy.example_media`, `config.values_missing`.
 */
export async function deployService(deps: DeployServiceDeps, request: DeployRequest): Promise<TaskRecord> {
  const { actor, algorithmId, ref, serviceId, givesModels } = request
  const known = await deps.services.get(serviceId)
  requireReach(actor, known?.algorithmId === algorithmId ? [serviceId] : [serviceId, algorithmId])
  const version = await deps.getVersion({ algorithmId, ref })
  requireWithin(deps.ceilings, version.manifest.resources, 'resources')
  const serviceOwnerId = known?.ownerId ?? actor.id
  const giver = givesModels === true ? actor : null
  await deps.modelFiles.require({ algorithmId, manifest: version.manifest, serviceOwnerId, giver })
  await deps.requireGivenMedia({ algorithmId, manifest: version.manifest, giver })
  await requireVariables(deps, request, version.manifest)
  const network = request.config?.network
  // How its instances will listen is known only after the build.
  if (network) await deps.requireNetwork({ serviceId, network, release: null })
  for (let round = 1; ; round += 1) {
    const plan = await planNow(deps, request, version)
    const stored = await storeHolding(deps, actor, plan)
    if (stored !== 'outrun') return deps.runner.begin(stored)
    if (round === mostPlans) throw await notStored(deps, plan)
  }
}

/**
 * Starts the return to an earlier release. Throws `service.not_found`, `service.not_yours`, `release.not_found`,
 * `release.already_active`, and `release.never_served` for one whose deploy failed or goes on.
 */
export async function rollbackService(
  deps: DeployServiceDeps,
  input: { actor: Actor; id: string; release: number },
): Promise<TaskRecord> {
  const service = await loadOwned(deps, input)
  const release = await deps.releases.get(service.id, input.release)
  if (!release) throw releaseNotFound({ service_id: service.id, release: input.release })
  if (release.number === service.currentRelease)
    throw releaseAlreadyActive({ service_id: service.id, release: release.number })
  if (release.status !== 'retired')
    throw releaseNeverServed({ service_id: service.id, release: release.number })
  return deps.runner.start({
    kind: 'service.rollback',
    serviceId: service.id,
    input: { service_id: service.id, release: release.number },
    createdBy: input.actor,
  })
}
