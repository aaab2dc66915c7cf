import { hostname } from 'node:os'
import { textIn, type HostWalls, type Language } from '@vitrine/contract'
import type { Clock } from '../../lib/clock.ts'
import type { InstanceMonitor, LiveInstance } from '../instances/instance-monitor.ts'
import { hasProcess } from '../instances/live-instance.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { PlatformProcess } from './host-monitor.ts'
import { findCutOff, findWhereabouts, type Whereabouts } from './sandboxed-instances.ts'
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
  monitor: Pick<InstanceMonitor, 'ofService'>
  /** The running processes of the platform. */
  processes: () => Promise<PlatformProcess[]>
  /** The number of the machine as which this control plane runs as 0; null if it is root or an ordinary user. */
  platformNumber: () => Promise<number | null>
  clock: Clock
  /** When this control plane started. */
  startedAt: Date
  /** What this start has found and decided, and the settings that it has read. */
  start: Pick<
    WallReadings,
    'accounts' | 'rootKept' | 'limits' | 'networkCeiling' | 'allowUrls' | 'transport' | 'quotas'
  > & {
    sandbox: Omit<WallReadings['sandbox'], 'version' | 'namespaces'>
  }
  /** What builds reach of the network. */
  builds: () => Promise<WallReadings['builds']>
  bubblewrapVersion: () => Promise<string | null>
  /** The database, if it is not the platform's own. */
  externalDatabase: () => Promise<Extract<WallReadings['database'], { kind: 'external' }> | null>
  gateway: () => GatewayAccess
}

/**
 * A running instance, where its program runs, and whether it is cut off from the network. Of one on another machine, such as a
 * pod, this machine cannot say where its program runs, and its port is none of this machine.
 */
type Placed = { instance: LiveInstance; where: Whereabouts; isCutOff: boolean; isHere: boolean }

/** Finds out where running instances run. */
export async function place(instances: readonly LiveInstance[], clock: Clock): Promise<Placed[]> {
  const now = clock().getTime()
  const here = instances.flatMap((instance) => {
    const { pid, startedAt } = instance.report ?? {}
    return pid ? [{ instance, pid, livesMs: startedAt ? now - startedAt.getTime() : 0 }] : []
  })
  const found = await findWhereabouts(here)
  const cutOff = await findCutOff(here)
  const elsewhere = instances.filter(({ report }) => hasProcess(report) && !report?.pid)
  return [
    ...here.map(({ instance, pid }, index) => ({
      instance,
      where: found[index] ?? 'unknown',
      isCutOff: cutOff.has(pid),
      isHere: true,
    })),
    ...elsewhere.map((instance) => ({ instance, where: 'unknown' as const, isCutOff: false, isHere: false })),
  ]
}

/** Counts where the programs of instances run, and on what they listen. Pure. */
export function countInstances(placed: readonly Placed[]): WallReadings['instances'] {
  const at = (where: Whereabouts) => placed.filter((one) => one.where === where).length
  const unfiltered = at('unfiltered')
  const cutOff = placed.filter((one) => one.isCutOff).length
  const endpoints = placed.flatMap(({ instance, isHere }) => (isHere && instance.report?.endpoint) || [])
  const hosts = endpoints.flatMap((one) => ('host' in one ? [one.host] : []))
  return {
    inside: at('inside') + unfiltered,
    unfiltered,
    outside: at('outside'),
    unknown: at('unknown'),
    elsewhere: placed.filter((one) => !one.isHere).length,
    onSockets: endpoints.length - hosts.length,
    onPorts: hosts.length,
    cutOff,
    onNetwork: placed.length - cutOff - at('unknown'),
    hosts: [...new Set(hosts)],
  }
}

const listensOnPort = ({ instance: { report }, isHere }: Placed): boolean =>
  isHere && report?.endpoint ? 'host' in report.endpoint : false

/** The services with instances of a kind, and how many. Pure. */
const servicesWith = (
  isMeant: (placed: Placed) => boolean,
  services: readonly { id: string; name: string }[],
  placed: readonly Placed[],
): HostWalls['outside'] =>
  services.flatMap(({ id, name }) => {
    const there = placed.filter((one) => isMeant(one) && one.instance.serviceId === id)
    return there.length === 0 ? [] : [{ service_id: id, name, instances: there.length }]
  })

/** Measures and describes the walls of this machine as they are now. Services have their names in `language`. */
export async function describeWalls(deps: WallsDeps, language: Language): Promise<HostWalls> {
  const [rows, processes] = await Promise.all([deps.services.all(), deps.processes()])
  const services = rows.map(({ id, name, translations }) => ({
    id,
    name: textIn(translations, language)(name),
  }))
  const [placed, accounts, version, namespaces, external] = await Promise.all([
    place(
      services.flatMap(({ id }) => deps.monitor.ofService(id)),
      deps.clock,
    ),
    deps.platformNumber().then((number) => readPlatformAccounts(processes, number)),
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
    builds: await deps.builds(),
    database: external ?? { kind: 'embedded', account: accounts.database },
    gateway: await readGateway(deps.gateway(), accounts.gateway),
  })
  const { inside, outside, unknown } = instances
  return {
    hostname: hostname(),
    started_at: deps.startedAt.toISOString(),
    walls,
    instances: { running: placed.length, inside, outside, unknown },
    outside: servicesWith(({ where }) => where === 'outside', services, placed),
    unfiltered: servicesWith(({ where }) => where === 'unfiltered', services, placed),
    on_ports: servicesWith(listensOnPort, services, placed),
    on_network: servicesWith(({ where, isCutOff }) => where !== 'unknown' && !isCutOff, services, placed),
  }
}
