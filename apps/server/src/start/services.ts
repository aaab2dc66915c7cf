import { rateLimit } from '@vitrine/contract'
import type { AlgorithmsRepository } from '../modules/algorithms/algorithms.repository.ts'
import { getVersion } from '../modules/algorithms/algorithms.usecases.ts'
import { createGivenMediaRule } from '../modules/deployments/given-media.ts'
import { deployService, type DeployServiceDeps } from '../modules/deployments/deployments.usecases.ts'
import type { GatewayDeps } from '../modules/gateway-admin/gateway-admin.usecases.ts'
import { filesInGitea } from '../modules/gitea/gitea.files.ts'
import { switchTask } from '../modules/gateway-admin/switch-driver.task.ts'
import { listensOnSocket } from '../modules/instances/instances.usecases.ts'
import { createNetworkRule } from '../modules/instances/network-access.ts'
import type { ModelProvider } from '../modules/models/provide-models.ts'
import type { ChangeServicesDeps } from '../modules/operations/operations.usecases.ts'
import { networkWithin } from '../modules/quotas/network-policy.ts'
import { createPackageExamples } from '../modules/showcase/package-examples.ts'
import { systemClock } from '../lib/clock.ts'
import type { Base } from './base.ts'
import { newestVariables } from './configs.ts'
import { wireServiceTasks } from './deploying.ts'
import { ownUrlOf, publicUrlOf } from './instances.ts'
import { wireModelFiles } from './model-files.ts'
import { endStreamsOf } from '../lib/open-streams.ts'
import type { ModulesInput } from './modules-input.ts'
import type { Running } from './running.ts'

/** Finds the owner of an algorithm; null if it is gone. */
const ownerOfAlgorithm =
  (algorithmRows: Pick<AlgorithmsRepository, 'get'>) =>
  async (id: string): Promise<string | null> =>
    (await algorithmRows.get(id))?.row.ownerId ?? null

/** The rule for media that a deploy would show for the first time. */
const givenMediaRule = (
  { assets }: Pick<Running['media'], 'assets'>,
  { services, releases, algorithmRows }: Base['repositories'],
) =>
  createGivenMediaRule({
    assets,
    services,
    ownerOf: ownerOfAlgorithm(algorithmRows),
    demoOf: (assetId) => releases.demoOf(assetId),
  })

/** What the use cases of services need: to read, deploy, change and operate them. */
function useCasesOf(
  input: ModulesInput,
  base: Base,
  { monitor, gateway, disk, instances, media }: Running,
  modelFiles: ModelProvider,
): ChangeServicesDeps & DeployServiceDeps {
  const { settings, drivers } = input
  const { algorithms, repositories, taskRunner: runner } = base
  const { services, releases, instanceRows, tasks, presentations } = repositories
  const { groups, ports, inTransaction, ceilings, quotas } = base
  return {
    services,
    groups,
    releases,
    instanceRows,
    tasks,
    monitor,
    gateway,
    disk,
    runner,
    ports,
    inTransaction,
    ceilings,
    quotas,
    modelFiles,
    requireGivenMedia: givenMediaRule(media, repositories),
    variablesOf: (of) => newestVariables(input, base, of),
    configuredOptions: () => ({
      timeoutS: drivers.current.number('service.timeout'),
      rateLimit: drivers.current.object('service.rate_limit', rateLimit),
      idleMinutes: drivers.current.numberOrNone('service.idle.timeout'),
    }),
    seal: (value) => base.gitea.sealer.seal(JSON.stringify(value)),
    clock: systemClock,
    onGroupsChanged: async (ids) => endStreamsOf(input.access.streams)(await base.grants.peopleOf(ids)),
    titlesOf: (ids) => presentations.publishedTitles(ids),
    titledWith: (text) => presentations.titledWith(text),
    publicUrl: publicUrlOf(settings),
    ownUrlOf: (serviceId) => ownUrlOf(settings, serviceId),
    async getVersion({ algorithmId, ref }) {
      const version = await getVersion(algorithms, { algorithmId, ...(ref !== undefined && { ref }) })
      // Of another branch than the followed one, which can be deleted: the commit can still be deployed again.
      if (version.number === null) await algorithms.codeHost.pin(algorithmId, version.commit)
      return version
    },
    defaults: {
      mode: drivers.runner.kind,
      frontHost: settings.VITRINE_HOST,
      network: networkWithin(settings.VITRINE_CEILING_NETWORK, settings.VITRINE_NETWORK),
    },
    modes: drivers.runner.modes,
    hasRegistry: () => drivers.current.text('containers.registry') !== null,
    gatewayKind: () => input.drivers.gateway.kind,
    requireNetwork: createNetworkRule(instances.settings, (release) => listensOnSocket(instances, release)),
  }
}

/** Wires what deploys and changes services, and gives the runner of tasks its kinds. */
export function wireServices(input: ModulesInput, base: Base, running: Running) {
  const { drivers, settings } = input
  const { gateway } = running
  const { algorithmRows } = base.repositories
  const modelFiles = wireModelFiles(settings, drivers.db, {
    algorithmRows,
    modelStore: base.modelStore,
    modelGrants: base.modelGrants,
    storageQuota: running.media.storageQuota,
    hostedFilesOf: filesInGitea(base.gitea),
  })
  const services = useCasesOf(input, base, running, modelFiles)
  const { taskRunner: runner, configs } = base
  const ofServices = wireServiceTasks(input, base, running, {
    modelFiles,
    examples: createPackageExamples({ ...running.media, ownerOf: ownerOfAlgorithm(algorithmRows) }),
    newest: (target) => deployService(services, target),
  })
  runner.add(
    ...ofServices,
    running.processing,
    switchTask({ gateway: drivers.gateway, sync: gateway, configs }),
  )
  const gatewayControl: GatewayDeps = {
    gateway: drivers.gateway,
    sync: gateway,
    services,
    runner,
    setting: settings.VITRINE_GATEWAY === 'auto' ? null : settings.VITRINE_GATEWAY,
  }
  return { services, gatewayControl, modelFiles }
}
