import { join } from 'node:path'
import { ownHostOf } from '@vitrine/contract'
import type { Settings } from '../config.ts'
import { createBus, type Bus } from '../lib/bus.ts'
import { secretFromFile } from '../lib/secret-file.ts'
import { accountOf, servicesOf } from '../lib/account-block.ts'
import type { FreeNumbers } from '../lib/free-numbers.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import { reachablePaths } from '../lib/sandbox/reachable.ts'
import { readProcessTable, rootsAbove } from '../lib/procfs/process-table.ts'
import { connectionsAwaitedBy, isPortFree, portsHeldBy } from '../lib/procfs/port-holder.ts'
import { createGatewaySync, type GatewayTables } from '../modules/gateway/gateway.sync.ts'
import { gatewayRoutes, gatewayTable } from '../modules/gateway/gateway.table.ts'
import { createInFlight } from '../modules/instances/in-flight.ts'
import { lastLogLines } from '../modules/instances/log-lines.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import { diskUse } from '../modules/instances/disk-use.ts'
import { createDiskWatch, type DiskWatch } from '../modules/instances/disk-watch.ts'
import { serviceFolders } from '../modules/instances/instance-spec.ts'
import { InstanceMonitor } from '../modules/instances/instance-monitor.ts'
import { createReleaseRestorer } from '../modules/deployments/restore-release.ts'
import { buildsAtOnce } from '../modules/quotas/quotas.ts'
import type { CodeHost } from '../adapters/code-host/code-host.ts'
import type { Recogniser } from '../modules/algorithms/recognition/recogniser.ts'
import type { Ceilings } from '../modules/quotas/instance-limits.ts'
import { instanceSecrets, upToDateProbe, type LiveConfigDeps } from '../modules/instances/live-config.ts'
import { maskedProbe } from '../modules/instances/masked-probe.ts'
import { httpProbeWithin, type Probe } from '../modules/instances/probe.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import type { RunExecutor } from '../modules/runs/execution/executor.ts'
import type { ServiceChanged } from '../modules/services/service-changed.ts'
import type { SecretMasks } from '../modules/configs/secrets/secret-masks.ts'
import { serviceVariables, type VariablesDeps } from '../modules/configs/effective/service-variables.ts'
import { createServiceAccounts } from '../modules/services/service-accounts.ts'
import { loadService } from '../modules/services/services.usecases.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { WakeAccess } from '../modules/operations/waking.routes.ts'
import { fetchLostImage, type RegistryDeps } from '../modules/images/image-registry.ts'
import type { Environments } from '../modules/environments/environments.ts'
import { edgeOf } from './gateway-edge.ts'
import type { ModulesInput } from './modules-input.ts'

/** The gateway's own address, for instances and people on this machine. */
function localUrlOf(settings: Settings): string {
  const host =
    settings.VITRINE_HOST === '0.0.0.0' || settings.VITRINE_HOST === '::'
      ? '127.0.0.1'
      : settings.VITRINE_HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.VITRINE_PORT}`
}

/** The address of the platform for people. */
export const publicUrlOf = (settings: Settings): string => settings.VITRINE_PUBLIC_URL ?? localUrlOf(settings)

/** The address of a service under the domain of the algorithms; null if there is none. */
export function ownUrlOf(settings: Settings, serviceId: string): string | null {
  const host = ownHostOf({ apps_domain: settings.VITRINE_APPS_DOMAIN ?? null }, serviceId)
  if (host === null) return null
  const { protocol, port } = new URL(publicUrlOf(settings))
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}/`
}

type Parts = {
  services: ServicesRepository
  executor: RunExecutor
  environments: Pick<Environments, 'foldersOf' | 'groupOf' | 'prepare' | 'serves'>
  algorithms: { codeHost: CodeHost; recogniser: Recogniser }
  /** The numbers of accounts for services. Null: there are none. */
  numbers: FreeNumbers | null
  images: RegistryDeps
  releases: Pick<ReleasesRepository, 'get' | 'update' | 'keepLock'>
  variables: VariablesDeps
  masks: SecretMasks
  serviceChanges: Bus<ServiceChanged>
  ceilings: Ceilings
  /** The address and token with which the gateway wakes services. */
  wake: WakeAccess
  onError: (error: unknown) => void
}

/** How long the gateway waits for further changes before an update that no request waits for, in milliseconds. */
const changesTogetherMs = 20

const treeOf = async (pid: number) => [...rootsAbove(await readProcessTable(), new Set([pid])).keys()]

/** The folders that a service writes to. */
function foldersOf(paths: ModulesInput['paths'], id: string): string[] {
  const { work, media } = serviceFolders(paths, id)
  return [work, media]
}

/** What telling instances of changed values needs. */
const liveConfigOf = async (
  { paths }: ModulesInput,
  { releases, services, variables }: Parts,
): Promise<LiveConfigDeps> => ({
  instanceSecretOf: instanceSecrets(
    await secretFromFile(join(paths.secrets, 'instance-config.key')),
    async (serviceId) => (await loadService({ services }, serviceId)).createdAt,
  ),
  variablesOf: async ({ release, ...of }) => {
    const { defaults = {} } = (await releases.get(of.serviceId, release))?.manifest ?? {}
    return serviceVariables(variables, { ...of, defaults })
  },
})

/** Probes instances as is set now, hides their secrets, and brings them to the values that they should have. */
function probeOf({ drivers }: ModulesInput, { masks, onError }: Parts, live: LiveConfigDeps): Probe {
  const probe = httpProbeWithin(() => drivers.current.number('service.health.timeout') * 1000)
  return upToDateProbe(maskedProbe(probe, masks), { ...live, onError })
}

/** Updates the table of the gateway soon after a change of a service. Changes that come together, as in work on many services, need only one. */
function syncTogether(
  gateway: GatewayTables,
  onError: (error: unknown) => void,
): (serviceId: string) => void {
  let due: NodeJS.Timeout | null = null
  let changed = new Set<string>()
  return (serviceId) => {
    changed.add(serviceId)
    due ??= setTimeout(() => {
      const ids = [...changed]
      due = null
      changed = new Set()
      gateway.sync(ids).catch(onError)
    }, changesTogetherMs)
  }
}

function wireInstanceMonitor(
  input: ModulesInput,
  parts: Parts,
  live: LiveConfigDeps,
): { monitor: InstanceMonitor; gateway: GatewayTables } {
  const { settings, drivers } = input
  const { services, serviceChanges, onError } = parts
  const publishChange = (serviceId: string) =>
    serviceChanges.publish({ service_id: serviceId, change: 'changed' })
  const changes = createBus<string>()
  const monitor = new InstanceMonitor({
    runner: drivers.runner,
    probe: probeOf(input, parts, live),
    healthIntervalMs: () => drivers.current.number('service.health.interval') * 1000,
    portsOf: async (pid) => portsHeldBy(await treeOf(pid)),
    awaitedBy: async (pid) => connectionsAwaitedBy(await treeOf(pid)),
    lastLines: async (instance) => {
      const mask = await parts.masks.of(instance.serviceId)
      return (await lastLogLines(input.paths, instance)).map(mask)
    },
    onChange: changes.publish,
    onError,
  })
  const instancesOf = (id: string) => monitor.ofService(id)
  const gateway = createGatewaySync({
    gateway: drivers.gateway,
    render: async () =>
      gatewayTable({
        public: { host: settings.VITRINE_HOST, port: settings.VITRINE_PORT },
        edge: edgeOf(settings),
        control: input.controlAddress,
        wake: parts.wake,
        jwt: input.access.gatewayJwt,
        services: await services.all(),
        instancesOf,
      }),
    routesOf: async (ids) => gatewayRoutes(await services.some(ids), instancesOf),
    isFree: isPortFree,
    onProblems: (ids) => ids.forEach(publishChange),
    onLeftOut: (problems) => input.logger.warn({ problems }, 'the gateway leaves out what it cannot serve'),
    onError,
  })
  const syncSoon = syncTogether(gateway, onError)
  changes.subscribe((serviceId) => {
    publishChange(serviceId)
    syncSoon(serviceId)
  })
  return { monitor, gateway }
}

/** What all instances may read besides their own: Node, if it is outside of the system, and shared folders. */
async function readableByAll(input: ModulesInput): Promise<string[]> {
  const { accountBlock, logger, paths, settings, nodeTools } = input
  const wanted = [
    ...(await installationsOf([nodeTools.node], paths.root)),
    ...(settings.VITRINE_SHARED_FOLDERS ?? []),
  ]
  const account = accountBlock && accountOf(servicesOf(accountBlock).first)
  const readable = new Set(await reachablePaths(wanted, account))
  for (const path of wanted)
    if (!readable.has(path))
      logger.warn({ path }, 'algorithms are not shown this path, which their accounts cannot reach')
  return [...readable]
}

/** What installs dependencies again that were lost. */
const restorerOf = (
  { paths, settings }: ModulesInput,
  { services, releases, environments, algorithms }: Parts,
  monitor: InstanceMonitor,
): InstancesDeps['dependencies'] =>
  createReleaseRestorer({
    paths,
    services,
    releases,
    environments,
    monitor,
    ...algorithms,
    atOnce: buildsAtOnce(settings).atOnce,
  })

/** What runs instances, observes them and routes requests to them. */
type Serving = {
  monitor: InstanceMonitor
  gateway: GatewayTables
  instances: InstancesDeps
  disk: DiskWatch
}

/** Wires what runs instances, observes them and routes requests to them. */
export async function wireInstances(input: ModulesInput, parts: Parts): Promise<Serving> {
  const { drivers } = input
  const { services, releases, environments } = parts
  const live = await liveConfigOf(input, parts)
  const { monitor, gateway } = wireInstanceMonitor(input, parts, live)
  const disk = createDiskWatch({
    limitBytes: input.settings.VITRINE_CEILING_DISK_MB * 1024 ** 2,
    services: async () => (await services.ids()).map((id) => ({ id, runs: monitor.runs(id) })),
    measure: (ids, options) =>
      diskUse(
        ids.map((id) => ({ id, folders: foldersOf(input.paths, id), pids: monitor.pids(id) })),
        input.paths.services,
        options,
      ),
    onError: parts.onError,
  })
  const instances: InstancesDeps = {
    disk,
    runner: drivers.runner,
    monitor,
    settings: {
      paths: input.paths,
      nodeFile: input.nodeTools.node,
      runtimesFolder: input.runtimesFolder,
      platformUrl: localUrlOf(input.settings),
      clusterPlatformUrl: input.settings.VITRINE_KUBERNETES_PLATFORM_URL ?? input.settings.VITRINE_PUBLIC_URL,
      get stopGraceMs() {
        return drivers.current.number('service.stop.timeout') * 1000
      },
      get allowUrls() {
        return drivers.current.isOn('media.allow_urls')
      },
      ceilings: parts.ceilings,
      network: {
        ceiling: input.settings.VITRINE_CEILING_NETWORK,
        canBeCutOff: drivers.sandbox.status.network === 'separate',
      },
      mediaSocket: input.mediaSocket,
      readable: await readableByAll(input),
      sharedFolders: input.settings.VITRINE_SHARED_FOLDERS ?? [],
    },
    accountOf: createServiceAccounts({ services, numbers: parts.numbers }),
    environmentOf: async (serviceId, number) => {
      const hash = (await releases.get(serviceId, number))?.environmentHash
      if (!hash) return { folders: [], group: null }
      return { folders: await environments.foldersOf(hash), group: await environments.groupOf(hash) }
    },
    dependencies: restorerOf(input, parts, monitor),
    ensureImage: (image, waiter) => fetchLostImage(parts.images, image, waiter),
    maskOf: parts.masks.of,
    ...live,
    issueToken: async (instance) =>
      input.access.issueInstanceToken({
        ...instance,
        serviceMadeAt: (await loadService({ services }, instance.serviceId)).createdAt,
      }),
    longestDrainMs: () => drivers.current.number('service.drain.timeout') * 1000,
    inFlight: createInFlight({
      gateway: drivers.gateway,
      runsOn: (id) => parts.executor.runsOn(id),
      onError: parts.onError,
    }),
  }
  return { monitor, gateway, instances, disk }
}
