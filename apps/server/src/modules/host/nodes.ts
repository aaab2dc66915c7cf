import type { HostNode, HostNodes, PlacedInstance, ServiceMode } from '@vitrine/contract'
import type { ClusterNode, NodesAnswer } from '../../adapters/kubernetes/cluster-nodes.ts'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { hasProcess } from '../instances/live-instance.ts'
import { sumOf } from './host.usecases.ts'

/** An instance with the mode whose runner has it. */
export type RunInstance = { live: LiveInstance; mode: ServiceMode }

/** Where instances are: on this machine, on nodes by their names, and those of a cluster that should run and are on no node yet. */
export type Places = {
  here: readonly RunInstance[]
  onNodes: ReadonlyMap<string, readonly RunInstance[]>
  waiting: readonly RunInstance[]
}

/** What the machine of the platform has, and what everything on it uses. */
export type MachineRoom = {
  name: string
  cores: number
  cpu: number | null
  memory: { total_bytes: number; used_bytes: number }
}

/** Which services a reader may see. */
export type SeesService = (serviceId: string) => boolean

/** How many instances are named for each machine. Pages say how many more there are. */
export const namedAtMost = 200

/** Whether the cluster is asked to run it and does not do so yet. One that ended by itself and is started again waits for no node. */
const isAwaited = ({ report }: LiveInstance): boolean =>
  report?.state === 'STARTING' ||
  (report?.state === 'BACKOFF' && report.reason?.code === 'refused_by_cluster')

/** Finds where each instance is. Those that do not run and should not are nowhere. Pure. */
export function placesOf(instances: readonly RunInstance[]): Places {
  const here: RunInstance[] = []
  const onNodes = new Map<string, RunInstance[]>()
  const waiting: RunInstance[] = []
  for (const one of instances) {
    const node = one.live.report?.node
    if (node) {
      const there = onNodes.get(node) ?? []
      there.push(one)
      onNodes.set(node, there)
    } else if (one.mode === 'kubernetes') {
      if (isAwaited(one.live)) waiting.push(one)
    } else if (hasProcess(one.live.report)) here.push(one)
  }
  return { here, onNodes, waiting }
}

const toPlaced = ({ live, mode }: RunInstance): PlacedInstance => ({
  id: live.id,
  service_id: live.serviceId,
  mode,
  state: live.state,
})

/** Sums of parts of a core are not exact. */
const cores = (sum: number | null): number | null => sum && Math.round(sum * 1000) / 1000

const instancesOf = (all: readonly RunInstance[], sees: SeesService) => ({
  instance_count: all.length,
  instances: all
    .filter(({ live }) => sees(live.serviceId))
    .slice(0, namedAtMost)
    .map(toPlaced),
})

/** The machine of the platform. Pure. */
export const machineRow = (
  { name, cores: total, cpu, memory }: MachineRoom,
  here: readonly RunInstance[],
  sees: SeesService,
): HostNode => ({
  name,
  kind: 'machine',
  state: 'ready',
  taints: [],
  cpu: { total, requested: null, in_use: cpu },
  memory_bytes: { total: memory.total_bytes, requested: null, in_use: memory.used_bytes },
  gpus: { total: null, requested: null },
  labels: [],
  ...instancesOf(here, sees),
})

/** The labels of a node that tell what it is good for: its kind of machine, its place, its graphics processors. */
const telling = new Set([
  'kubernetes.io/arch',
  'node.kubernetes.io/instance-type',
  'nvidia.com/gpu.memory',
  'nvidia.com/gpu.product',
  'topology.kubernetes.io/zone',
])
const rolePrefix = 'node-role.kubernetes.io/'

const labelsOf = (labels: Readonly<Record<string, string>>, chosen: ReadonlySet<string>) =>
  Object.entries(labels)
    .filter(([name]) => telling.has(name) || chosen.has(name) || name.startsWith(rolePrefix))
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => a.name.localeCompare(b.name))

function nodeRow(
  name: string,
  known: ClusterNode | undefined,
  there: readonly RunInstance[],
  { sees, chosen }: { sees: SeesService; chosen: ReadonlySet<string> },
): HostNode {
  const reserved = (part: 'cpu' | 'memoryBytes' | 'gpus') =>
    there.reduce((sum, { live }) => sum + (live.report?.reserved?.[part] ?? 0), 0)
  return {
    name,
    kind: 'node',
    state: known?.state ?? 'unknown',
    taints: [...(known?.taints ?? [])],
    cpu: {
      total: known?.cpu ?? null,
      requested: cores(reserved('cpu')),
      in_use: cores(sumOf(there.map(({ live }) => live.usage?.cpu))),
    },
    memory_bytes: {
      total: known?.memoryBytes ?? null,
      requested: reserved('memoryBytes'),
      in_use: sumOf(there.map(({ live }) => live.usage?.memoryBytes)),
    },
    gpus: { total: known?.gpus ?? null, requested: reserved('gpus') },
    labels: labelsOf(known?.labels ?? {}, chosen),
    ...instancesOf(there, sees),
  }
}

/** The nodes of a cluster by their names, also those that are known only because instances run there. Pure. */
export function nodeRows(
  { nodes }: Pick<NodesAnswer, 'nodes'>,
  onNodes: Places['onNodes'],
  to: { sees: SeesService; chosen: ReadonlySet<string> },
): HostNode[] {
  const known = new Map(nodes.map((node) => [node.name, node]))
  return [...new Set([...known.keys(), ...onNodes.keys()])]
    .sort((a, b) => a.localeCompare(b))
    .map((name) => nodeRow(name, known.get(name), onNodes.get(name) ?? [], to))
}

/** The instances that wait for the cluster. Pure. */
export const waitingRows = (
  waiting: readonly RunInstance[],
  sees: SeesService,
  reasonOf: (live: LiveInstance) => string | null,
): Pick<HostNodes, 'waiting' | 'waiting_count'> => ({
  waiting_count: waiting.length,
  waiting: waiting
    .filter(({ live }) => sees(live.serviceId))
    .slice(0, namedAtMost)
    .map((one) => ({ ...toPlaced(one), reason: reasonOf(one.live) })),
})
