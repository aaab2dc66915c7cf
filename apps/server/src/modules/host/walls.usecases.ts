import { hostname } from 'node:os'
import type { HostWalls } from '@vitrine/contract'
import type { Clock } from '../../lib/clock.ts'
import type { LiveBoard, LiveInstance } from '../instances/live-board.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { PlatformProcess } from './host-monitor.ts'
import { findWhereabouts, type Whereabouts } from './sandboxed-instances.ts'
import {
  readGateway,
  readNamespaceSettings,
  readPlatformAccounts,
  type GatewayAccess,
} from './wall-machine.ts'
import type { WallReadings } from './walls.readings.ts'
import { wallsOf } from './walls.ts'

/** What describing the walls needs. */
export type WallsDeps = {
  services: Pick<ServicesRepository, 'all'>
  board: Pick<LiveBoard, 'ofService'>
  /** The running processes of the platform. */
  processes: () => Promise<PlatformProcess[]>
  clock: Clock
  /** When this control plane started. */
  startedAt: Date
  /** What this start has found and decided, and the settings that it has read. */
  start: Pick<WallReadings, 'accounts' | 'limits' | 'allowUrls' | 'transport' | 'quotas'> & {
    sandbox: Omit<WallReadings['sandbox'], 'version' | 'namespaces'>
  }
  bubblewrapVersion: () => Promise<string | null>
  /** The database, if it is not the platform's own. */
  externalDatabase: () => Promise<Extract<WallReadings['database'], { kind: 'external' }> | null>
  gateway: () => GatewayAccess
}

/** A running instance, and where its program runs. */
type Placed = { instance: LiveInstance; where: Whereabouts }

async function place(instances: readonly LiveInstance[], clock: Clock): Promise<Placed[]> {
  const now = clock().getTime()
  const running = instances.flatMap((instance) => {
    const { pid, startedAt } = instance.report ?? {}
    return pid ? [{ instance, pid, livesMs: startedAt ? now - startedAt.getTime() : 0 }] : []
  })
  const found = await findWhereabouts(running)
  return running.map(({ instance }, index) => ({ instance, where: found[index] ?? 'unknown' }))
}

/** Counts where the programs of instances run, and on what they listen. Pure. */
function countInstances(placed: readonly Placed[]): WallReadings['instances'] {
  const at = (where: Whereabouts) => placed.filter((one) => one.where === where).length
  const unfiltered = placed.filter((one) => one.where === 'unfiltered')
  const endpoints = placed.flatMap(({ instance }) => instance.report?.endpoint ?? [])
  const hosts = endpoints.flatMap((one) => ('host' in one ? [one.host] : []))
  return {
    inside: at('inside') + unfiltered.length,
    unfiltered: unfiltered.length,
    unfilteredServices: [...new Set(unfiltered.map(({ instance }) => instance.serviceId))],
    outside: at('outside'),
    unknown: at('unknown'),
    onSockets: endpoints.length - hosts.length,
    onPorts: hosts.length,
    hosts: [...new Set(hosts)],
  }
}

/** Measures and describes which walls stand on this machine now. */
export async function describeWalls(deps: WallsDeps): Promise<HostWalls> {
  const [services, processes] = await Promise.all([deps.services.all(), deps.processes()])
  const [placed, accounts, version, namespaces, external] = await Promise.all([
    place(
      services.flatMap(({ id }) => deps.board.ofService(id)),
      deps.clock,
    ),
    readPlatformAccounts(processes),
    deps.bubblewrapVersion(),
    readNamespaceSettings(),
    deps.externalDatabase(),
  ])
  const instances = countInstances(placed)
  const walls = wallsOf({
    ...deps.start,
    own: accounts.own,
    supervisord: accounts.supervisord,
    sandbox: { ...deps.start.sandbox, version, namespaces },
    instances,
    database: external ?? { kind: 'embedded', account: accounts.database },
    gateway: await readGateway(deps.gateway(), accounts.gateway),
  })
  const { inside, outside, unknown } = instances
  return {
    hostname: hostname(),
    started_at: deps.startedAt.toISOString(),
    walls,
    instances: { running: placed.length, inside, outside, unknown },
    outside: services.flatMap(({ id: service_id, name }) => {
      const count = placed.filter(
        (one) => one.where === 'outside' && one.instance.serviceId === service_id,
      ).length
      return count === 0 ? [] : [{ service_id, name, instances: count }]
    }),
  }
}
