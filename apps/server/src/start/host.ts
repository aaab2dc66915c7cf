import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '@vitrine/contract'
import { z } from 'zod'
import type { Enforcement } from '../adapters/process-runner/resource-limits/enforcement.ts'
import { systemClock } from '../lib/clock.ts'
import type { DataPaths } from '../lib/paths.ts'
import { isAlive } from '../lib/procfs/process-identity.ts'
import { createHostMonitor, type HostMonitor, type PlatformProcess } from '../modules/host/host-monitor.ts'
import type { HostDeps } from '../modules/host/host.usecases.ts'
import type { NodesDeps } from '../modules/host/nodes.usecases.ts'
import type { Ceilings } from '../modules/quotas/instance-limits.ts'
import type { InstanceMonitor } from '../modules/instances/instance-monitor.ts'
import type { PortsDeps } from '../modules/ports/ports.deps.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { ModulesInput } from './modules-input.ts'

const noted = z.object({ pid: z.number(), startTime: z.string() })

const textOf = (path: string) => readFile(path, 'utf8').catch(() => null)

/** The process in a record of the data folder, if it is running. */
async function notedPid(path: string): Promise<number | null> {
  const text = await textOf(path)
  const found = text === null ? null : noted.parse(JSON.parse(text))
  return found && (await isAlive(found)) ? found.pid : null
}

/** The processes of this platform, from their records in its data folder. */
export async function platformProcesses(paths: DataPaths): Promise<PlatformProcess[]> {
  const postmaster = Number((await textOf(join(paths.postgres, 'postmaster.pid')))?.split('\n')[0])
  const pids = [
    { name: 'control_plane', pid: process.pid },
    { name: 'gateway', pid: await notedPid(paths.gatewayRecord) },
    { name: 'supervisord', pid: await notedPid(paths.supervisorRecord) },
    { name: 'database', pid: postmaster || null },
  ] as const
  return pids.flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]))
}

const ceilingOf = {
  memory: 'memory_mb',
  cpu: 'cpu',
  processes: 'processes',
  open_files: 'open_files',
  gpus: 'gpus',
} as const

/** Nothing on a machine divides graphics processors between processes; Docker and clusters give them to containers. */
const gpus = { resource: 'gpus', by: 'container' } as const

/** How the machine enforces each limit, with the ceiling that the administrator has set. */
export const limitsShown = (enforcement: Enforcement, { most }: Ceilings): Host['limits'] =>
  [...enforcement, gpus].map((one) => ({ ...one, ceiling: most[ceilingOf[one.resource]] ?? null }))

/** Wires the description of the machine, and what must be started for it. */
function wireHost(
  input: ModulesInput,
  parts: {
    services: ServicesRepository
    monitor: InstanceMonitor
    ports: PortsDeps
    onError: (error: unknown) => void
    limits: Host['limits']
  },
): HostDeps & { hostMonitor: HostMonitor } {
  const { paths, drivers } = input
  const { services, monitor, ports, onError } = parts
  const hostMonitor = createHostMonitor({
    processes: () => platformProcesses(paths),
    instancePids: () => monitor.pids(),
    clock: systemClock,
    onError,
  })
  return {
    hostMonitor,
    services,
    monitor,
    ports,
    limits: parts.limits,
    modes: drivers.runner.modes,
    sandbox: drivers.sandbox.status,
    gateway: () => drivers.gateway.kind,
    folders: [paths.root, '/'],
  }
}

/** Wires the description of where instances run. */
function wireNodes(
  { settings, drivers: { runner, clusterNodes } }: Pick<ModulesInput, 'settings' | 'drivers'>,
  parts: Pick<NodesDeps, 'hostMonitor' | 'services' | 'monitor'>,
): NodesDeps {
  const { VITRINE_KUBERNETES_NAMESPACE: namespace, VITRINE_KUBERNETES_NODE_SELECTOR: nodeSelector = {} } =
    settings
  const cluster =
    clusterNodes === null || namespace === undefined
      ? null
      : { namespace, nodeSelector, read: (now: number) => clusterNodes.read(now) }
  return { ...parts, runner, cluster, clock: systemClock }
}

/** Wires the descriptions of the machine and of where instances run. */
export function wireMachine(input: ModulesInput, parts: Parameters<typeof wireHost>[1]) {
  const host = wireHost(input, parts)
  return { host, nodes: wireNodes(input, host) }
}
