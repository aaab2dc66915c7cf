import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { hostNodes, rolePermissions, type ServiceMode } from '@vitrine/contract'
import type { ClusterNode, NodesAnswer } from '../../adapters/kubernetes/cluster-nodes.ts'
import type { Actor } from '../../lib/actor.ts'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance, processReport } from '../instances/live-instance.test-setup.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { namedAtMost } from './nodes.ts'
import { describeNodes, type NodesDeps } from './nodes.usecases.ts'

const clusterNode = (name: string, part: Partial<ClusterNode> = {}): ClusterNode => ({
  name,
  state: 'ready',
  taints: [],
  cpu: 4,
  memoryBytes: 1_000,
  gpus: 0,
  labels: {},
  ...part,
})
const known = (...nodes: ClusterNode[]): NodesAnswer => ({ answer: 'known', nodes, said: null })

/** An instance of a service with its name before the first hyphen. */
const instance = (id: string, report: Parameters<typeof processReport>[0] | null, part = {}): LiveInstance =>
  liveInstance({
    id,
    serviceId: id.split('-')[0] ?? '',
    report: report && processReport({ id, ...report }),
    ...part,
  })
/** A pod that runs on a node, with what is kept for it there. */
const pod = (id: string, node: string, part = {}) =>
  instance(
    id,
    { pid: null, generation: `${id}-0`, node, reserved: { cpu: 0.1, memoryBytes: 100, gpus: 1 } },
    part,
  )

/** A platform with these instances and, if it has one, this cluster. */
function platform(
  instances: readonly LiveInstance[],
  answer: NodesAnswer | null = null,
  modes: readonly ServiceMode[] = ['supervisor', 'kubernetes'],
): NodesDeps {
  const ids = [...new Set(instances.map(({ serviceId }) => serviceId))]
  const isOfCluster = (id: string) => instances.find((one) => one.id === id)?.report?.pid === null
  return {
    hostMonitor: { current: async () => ({ cpu: 1.5, processes: [] }) },
    services: { all: async () => ids.map((id) => storedService({ id })) },
    monitor: { ofService: (id) => instances.filter(({ serviceId }) => serviceId === id) },
    runner: {
      modes: new Set(modes),
      kind: 'supervisor',
      modeOf: (id) => (isOfCluster(id) ? 'kubernetes' : 'supervisor'),
    },
    cluster: answer && {
      namespace: 'services',
      nodeSelector: { pool: 'services' },
      read: async () => answer,
    },
    clock: () => new Date(0),
  }
}
const person: Actor = {
  kind: 'user',
  id: '11111111-1111-4111-8111-111111111111',
  name: 'ann',
  role: 'user',
  permissions: rolePermissions.user,
  serviceIds: null,
}
const told = async (deps: NodesDeps, actor = person) => {
  const answer = await describeNodes(deps, { actor, language: 'en' })
  expect(hostNodes.parse(answer)).toEqual(answer)
  return answer
}

describe('without a cluster', () => {
  test('there is this machine, with what it has and what runs on it', async () => {
    const stopped = instance('a-r1-2', { state: 'STOPPED', generation: null, pid: null })
    const { items, cluster, waiting } = await told(platform([instance('a-r1-1', { pid: 7 }), stopped]))
    expect(items).toEqual([
      expect.objectContaining({
        name: hostname(),
        kind: 'machine',
        cpu: { total: expect.any(Number), requested: null, in_use: 1.5 },
        instance_count: 1,
        instances: [{ id: 'a-r1-1', service_id: 'a', mode: 'supervisor', state: 'RUNNING' }],
      }),
    ])
    expect([cluster, waiting]).toEqual([null, []])
  })

  test('more instances than are named are counted', async () => {
    const many = Array.from({ length: namedAtMost + 3 }, (_, index) =>
      instance(`a-r1-${index}`, { pid: index + 1 }),
    )
    const [machine] = (await told(platform(many))).items
    expect(machine?.instances).toHaveLength(namedAtMost)
    expect(machine?.instance_count).toBe(namedAtMost + 3)
  })
})

describe('with a cluster', () => {
  test('a node has what it lets pods have, what is kept for our instances, and what they use', async () => {
    const usage = { cpu: 0.5, memoryBytes: 30, openFiles: null }
    const labels = { pool: 'services', 'nvidia.com/gpu.product': 'L4', 'beta.example/hash': 'x' }
    const deps = platform(
      [pod('a-r1-1', 'n1', { usage }), pod('b-r1-1', 'n1', { usage })],
      known(clusterNode('n1', { gpus: 4, labels }), clusterNode('n2', { state: 'cordoned' })),
    )
    const { items, cluster } = await told(deps)
    expect(items.map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual([
      `machine ${hostname()} ready`,
      'node n1 ready',
      'node n2 cordoned',
    ])
    expect(items[1]).toMatchObject({
      cpu: { total: 4, requested: 0.2, in_use: 1 },
      memory_bytes: { total: 1_000, requested: 200, in_use: 60 },
      gpus: { total: 4, requested: 2 },
      labels: [
        { name: 'nvidia.com/gpu.product', value: 'L4' },
        { name: 'pool', value: 'services' },
      ],
      instance_count: 2,
    })
    expect(items[2]).toMatchObject({ instance_count: 0, cpu: { requested: 0, in_use: null } })
    expect(cluster).toEqual({
      namespace: 'services',
      node_selector: ['pool=services'],
      answer: 'known',
      said: null,
    })
  })

  test('without the right to list nodes, those with instances of ours are told, and that the right is missing', async () => {
    const said = 'nodes is forbidden'
    const { items, cluster } = await told(
      platform([pod('a-r1-1', 'n1')], { answer: 'forbidden', nodes: [], said }),
    )
    expect(items[1]).toMatchObject({
      name: 'n1',
      state: 'unknown',
      cpu: { total: null, requested: 0.1 },
      instance_count: 1,
    })
    expect(cluster).toMatchObject({ answer: 'forbidden', said })
  })

  test('what waits for a node is told, with the words of the scheduler', async () => {
    const said = '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.'
    const waits = { pid: null, generation: null, state: 'BACKOFF' } as const
    const refused = { code: 'refused_by_cluster', cause: 'unschedulable', said } as const
    const ended = { code: 'exited', exitCode: 1, ranMs: 10 } as const
    const deps = platform(
      [
        instance(
          'a-r1-1',
          { ...waits, reason: refused },
          { state: 'BACKOFF', reason: { code: 'process', reason: refused, lines: [] } },
        ),
        instance('b-r1-1', { ...waits, state: 'STARTING' }, { state: 'STARTING' }),
        instance('c-r1-1', { ...waits, state: 'FATAL' }),
        // It was on a node a moment ago, and the cluster starts it there again.
        instance('d-r1-1', { ...waits, reason: ended }, { state: 'BACKOFF' }),
      ],
      known(clusterNode('n1')),
    )
    const { waiting, waiting_count: count } = await told(deps)
    expect(waiting).toEqual([
      expect.objectContaining({ id: 'a-r1-1', reason: expect.stringContaining(said) }),
      expect.objectContaining({ id: 'b-r1-1', state: 'STARTING', reason: null }),
    ])
    expect(count).toBe(2)
  })

  test('a platform that is a pod itself runs nothing beside itself', async () => {
    const deps = platform([pod('a-r1-1', 'n1')], known(clusterNode('n1')), ['kubernetes'])
    expect((await told(deps)).items.map(({ name }) => name)).toEqual(['n1'])
  })
})

test('who may see the machine and not its services learns how many run there, and not which', async () => {
  const actor = { ...person, permissions: new Set(['host.read'] as const) }
  const waits = instance('b-r1-1', { pid: null, generation: null, state: 'STARTING' })
  const {
    items,
    waiting,
    waiting_count: count,
  } = await told(platform([pod('a-r1-1', 'n1'), waits], known(clusterNode('n1'))), actor)
  expect(items[1]).toMatchObject({ instance_count: 1, instances: [] })
  expect([waiting, count]).toEqual([[], 1])
})
