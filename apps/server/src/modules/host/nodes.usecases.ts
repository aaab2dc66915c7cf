import { availableParallelism, hostname } from 'node:os'
import type { HostNodes, ServiceMode } from '@vitrine/contract'
import type { NodesAnswer } from '../../adapters/kubernetes/cluster-nodes.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Language } from '../../lib/errors.ts'
import { permitsAt } from '../../lib/policy.ts'
import type { InstanceMonitor } from '../instances/instance-monitor.ts'
import { reasonWords } from '../instances/reason.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { HostMonitor } from './host-monitor.ts'
import { readMemory } from './machine-readings.ts'
import { machineRow, nodeRows, placesOf, waitingRows, type RunInstance } from './nodes.ts'

/** What telling where instances run needs. */
export type NodesDeps = {
  hostMonitor: Pick<HostMonitor, 'current'>
  services: Pick<ServicesRepository, 'all'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  runner: { modes: ReadonlySet<ServiceMode>; kind: ServiceMode; modeOf: (id: string) => ServiceMode | null }
  /** Null if the platform has no cluster. */
  cluster: {
    namespace: string
    nodeSelector: Readonly<Record<string, string>>
    /** Never rejects. */
    read: (now: number) => Promise<NodesAnswer>
  } | null
  clock: Clock
}

/** All instances of all services, each with the mode whose runner has it. */
async function allInstances({ services, monitor, runner }: NodesDeps): Promise<RunInstance[]> {
  const live = (await services.all()).flatMap(({ id }) => monitor.ofService(id))
  return live
    .map((one) => ({ live: one, mode: runner.modeOf(one.id) ?? runner.kind }))
    .sort((a, b) => (a.live.id < b.live.id ? -1 : 1))
}

async function machineHere({ hostMonitor }: NodesDeps) {
  const { cpu } = await hostMonitor.current()
  return { name: hostname(), cores: availableParallelism(), cpu, memory: readMemory() }
}

/** Whether something of this platform can run on its own machine. A platform that is a pod runs nothing beside itself. */
const runsHere = (modes: ReadonlySet<ServiceMode>): boolean =>
  [...modes].some((mode) => mode !== 'kubernetes')

/** Tells which instances run on which machine, what is free there, and which wait for one. Nobody learns of services that they may not see. */
export async function describeNodes(
  deps: NodesDeps,
  { actor, language }: { actor: Actor; language: Language },
): Promise<HostNodes> {
  const { cluster, runner } = deps
  const [instances, machine, answer] = await Promise.all([
    allInstances(deps),
    machineHere(deps),
    cluster?.read(deps.clock().getTime()) ?? null,
  ])
  const sees = (serviceId: string) => permitsAt(actor, 'services.read', serviceId)
  const { here, onNodes, waiting } = placesOf(instances)
  const selector = Object.entries(cluster?.nodeSelector ?? {})
  const chosen = new Set(selector.map(([name]) => name))
  return {
    items: [
      ...(runsHere(runner.modes) || here.length > 0 ? [machineRow(machine, here, sees)] : []),
      ...nodeRows(answer ?? { nodes: [] }, onNodes, { sees, chosen }),
    ],
    ...waitingRows(waiting, sees, ({ reason }) => reason && reasonWords(reason)[language]),
    cluster:
      cluster === null || answer === null
        ? null
        : {
            namespace: cluster.namespace,
            node_selector: selector.map(([name, value]) => `${name}=${value}`),
            answer: answer.answer,
            said: answer.said,
          },
  }
}
