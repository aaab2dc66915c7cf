import type { HostNode, HostNodes, PlacedInstance } from '@vitrine/contract'

const gigabyte = 1024 ** 3

const placed = (
  service: string,
  count: number,
  mode: PlacedInstance['mode'],
  state: PlacedInstance['state'] = 'RUNNING',
): PlacedInstance[] =>
  Array.from({ length: count }, (_, place) => ({
    id: `${service}-r4-${place + 1}`,
    service_id: service,
    mode,
    state,
  }))

const waits = (service: string, state: PlacedInstance['state']): PlacedInstance => ({
  id: `${service}-r4-1`,
  service_id: service,
  mode: 'kubernetes',
  state,
})

const node = (name: string, part: Partial<HostNode> = {}): HostNode => {
  const instances = part.instances ?? []
  return {
    name,
    kind: 'node',
    state: 'ready',
    taints: [],
    cpu: { total: 7.82, requested: 0.4, in_use: 2.1 },
    memory_bytes: { total: 30 * gigabyte, requested: 3.2 * gigabyte, in_use: 9.5 * gigabyte },
    gpus: { total: 0, requested: 0 },
    labels: [
      { name: 'kubernetes.io/arch', value: 'amd64' },
      { name: 'pool', value: 'services' },
    ],
    instance_count: instances.length,
    instances,
    ...part,
  }
}

const gpuLabels = [
  { name: 'kubernetes.io/arch', value: 'amd64' },
  { name: 'node-role.kubernetes.io/gpu', value: '' },
  { name: 'nvidia.com/gpu.product', value: 'NVIDIA-L40S' },
  { name: 'topology.kubernetes.io/zone', value: 'hall-2' },
]

/** A platform with its own machine and a cluster in which everything occurs that the page of nodes can show. */
export const mockNodes = (): HostNodes => ({
  items: [
    node('vitrine-01', {
      kind: 'machine',
      cpu: { total: 8, requested: null, in_use: 3.4 },
      memory_bytes: { total: 32 * gigabyte, requested: null, in_use: 25 * gigabyte },
      gpus: { total: null, requested: null },
      labels: [],
      instances: [...placed('service-001', 3, 'supervisor'), ...placed('service-002', 9, 'docker')],
    }),
    node('gpu-a.cluster.example', {
      gpus: { total: 4, requested: 3 },
      cpu: { total: 31.5, requested: 29.2, in_use: 12.4 },
      labels: gpuLabels,
      instances: placed('service-003', 3, 'kubernetes'),
    }),
    node('worker-1.cluster.example', {
      state: 'cordoned',
      instance_count: 5,
      instances: placed('service-005', 2, 'kubernetes', 'STOPPING'),
    }),
    node('worker-2.cluster.example', {
      state: 'not_ready',
      instances: placed('service-006', 1, 'kubernetes'),
    }),
    node('worker-3.cluster.example', {
      state: 'tainted',
      taints: ['dedicated=maps:NoSchedule'],
      cpu: { total: 7.82, requested: 0, in_use: null },
      memory_bytes: { total: 30 * gigabyte, requested: 0, in_use: null },
    }),
  ],
  waiting_count: 2,
  waiting: [
    {
      ...waits('service-007', 'BACKOFF'),
      reason:
        "集群中没有节点能运行它。请降低它的内存、处理器或 GPU 数，或给集群增加节点。集群的原话：0/4 nodes are available: 1 Insufficient nvidia.com/gpu, 3 node(s) had taint {dedicated: maps}, that the pod didn't tolerate.",
    },
    { ...waits('service-008', 'STARTING'), reason: null },
  ],
  cluster: {
    namespace: 'vitrine-services',
    node_selector: ['pool=services'],
    answer: 'known',
    said: null,
  },
})

/** The same platform when its account may not list the nodes of the cluster. */
export function mockForbiddenNodes(): HostNodes {
  const { items, cluster, ...others } = mockNodes()
  const unknown = items.map((one): HostNode => {
    if (one.kind === 'machine') return one
    const { cpu, memory_bytes: memory, gpus } = one
    return {
      ...one,
      state: 'unknown',
      taints: [],
      labels: [],
      cpu: { ...cpu, total: null },
      memory_bytes: { ...memory, total: null },
      gpus: { ...gpus, total: null },
    }
  })
  return {
    ...others,
    items: unknown.filter(({ instance_count: count }) => count > 0),
    cluster: cluster && {
      ...cluster,
      answer: 'forbidden',
      said: 'nodes is forbidden: User "system:serviceaccount:vitrine-services:vitrine" cannot list resource "nodes" in API group "" at the cluster scope',
    },
  }
}
