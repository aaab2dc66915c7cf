import { availableParallelism, hostname, loadavg, uptime } from 'node:os'
import { portKinds, type Host, type ServiceMode } from '@vitrine/contract'
import type { InstanceMonitor, LiveInstance } from '../instances/instance-monitor.ts'
import { hasProcess } from '../instances/live-instance.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { HostMonitor } from './host-monitor.ts'
import { readDisks, readMemory } from './machine-readings.ts'

/** What describing the machine needs. */
export type HostDeps = {
  hostMonitor: Pick<HostMonitor, 'current' | 'points'>
  services: Pick<ServicesRepository, 'all'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  ports: { ports: Pick<PortsDeps['ports'], 'all'>; ranges: PortsDeps['ranges'] }
  /** How resource limits are enforced here, and their ceilings. */
  limits: Host['limits']
  /** The runners that this machine has. */
  modes: ReadonlySet<ServiceMode>
  sandbox: Host['sandbox']
  gateway: () => Host['gateway']
  /** Folders whose file systems are shown, the most important first. */
  folders: readonly string[]
}

/** The sum of the known values. Null if none is known. Pure. */
export function sumOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

/** The total usage of all services. Pure. */
export function totalsOf(services: readonly (readonly LiveInstance[])[]): Host['services'] {
  const running = services.flat().filter(({ report }) => hasProcess(report))
  return {
    total: services.length,
    running: services.filter((instances) => instances.some(takesRequests)).length,
    instances: running.length,
    cpu: sumOf(running.map(({ usage }) => usage?.cpu)),
    memory_bytes: sumOf(running.map(({ usage }) => usage?.memoryBytes)),
    open_files: sumOf(running.map(({ usage }) => usage?.openFiles)),
  }
}

async function portsOf({ ports, ranges }: HostDeps['ports']): Promise<Host['ports']> {
  const rows = await ports.all()
  const taken = (kind: 'front' | 'instance') => rows.filter((row) => row.kind === kind).length
  return portKinds.map((kind) => ({ kind, ...ranges[kind], taken: taken(kind) }))
}

/** Describes the machine and what the platform uses of it. */
export async function describeHost(deps: HostDeps): Promise<Host> {
  const [services, current, disks, ports] = await Promise.all([
    deps.services.all(),
    deps.hostMonitor.current(),
    readDisks(deps.folders),
    portsOf(deps.ports),
  ])
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    hostname: hostname(),
    uptime_s: uptime(),
    cores: availableParallelism(),
    load: [one, five, fifteen],
    memory: readMemory(),
    disks,
    ...current,
    services: totalsOf(services.map(({ id }) => deps.monitor.ofService(id))),
    ports,
    limits: deps.limits,
    modes: [...deps.modes],
    sandbox: deps.sandbox,
    gateway: deps.gateway(),
    points: deps.hostMonitor.points(),
  }
}
