import { expect, test } from 'vitest'
import { clusterNode, ClusterNodes } from './cluster-nodes.ts'
import type { KubernetesClient } from './kubernetes-client.ts'
import { kubernetesRefused, kubernetesUnavailable } from './kubernetes.errors.ts'
import { readTolerations } from './node-choice.ts'

const ready = [{ type: 'Ready', status: 'True' }]
const node = (name: string, spec: object = {}, conditions: object[] = ready) => ({
  metadata: { name, labels: { pool: 'services' } },
  spec,
  status: { allocatable: { cpu: '3920m', memory: '16Gi', 'nvidia.com/gpu': '2' }, conditions },
})
const taint = (key: string, value?: string, effect = 'NoSchedule') => ({ key, value, effect })

test('what a node lets pods have is what it allocates, not what it has', () => {
  expect(clusterNode(node('a'), [])).toEqual({
    name: 'a',
    state: 'ready',
    taints: [],
    cpu: 3.92,
    memoryBytes: 16 * 1024 ** 3,
    gpus: 2,
    labels: { pool: 'services' },
  })
  expect(clusterNode({ metadata: { name: 'bare' } }, [])).toMatchObject({
    state: 'not_ready',
    cpu: null,
    memoryBytes: null,
    gpus: 0,
  })
})

test.each([
  [
    'a closed one',
    { unschedulable: true, taints: [taint('node.kubernetes.io/unschedulable')] },
    'cordoned',
    [],
  ],
  ['one for others', { taints: [taint('team', 'maps')] }, 'tainted', ['team=maps:NoSchedule']],
  [
    'one with a value that is not tolerated',
    { taints: [taint('use', 'b')] },
    'tainted',
    ['use=b:NoSchedule'],
  ],
  ['one whose taint is tolerated', { taints: [taint('use', 'a'), taint('gpu', 'yes')] }, 'ready', []],
  ['one with a taint that only advises', { taints: [taint('spot', '', 'PreferNoSchedule')] }, 'ready', []],
  [
    'one that lacks memory',
    { taints: [taint('node.kubernetes.io/memory-pressure')] },
    'tainted',
    ['node.kubernetes.io/memory-pressure:NoSchedule'],
  ],
])('whether a node takes pods of the platform: %s', (_what, spec, state, taints) => {
  const tolerations = readTolerations('use=a:NoSchedule, gpu:NoSchedule')
  expect(clusterNode(node('a', spec), tolerations)).toMatchObject({ state, taints })
})

test('a node that does not answer is not ready, whatever else it is', () => {
  const lost = { unschedulable: true, taints: [taint('node.kubernetes.io/unreachable', '', 'NoExecute')] }
  const unknown = [{ type: 'Ready', status: 'Unknown' }]
  expect(clusterNode(node('a', lost, unknown), [])).toMatchObject({ state: 'not_ready', taints: [] })
})

type Query = Parameters<KubernetesClient['call']>[0]['query']
/** A cluster that answers like this, and what it was asked. */
function clusterThat(answer: (query: Query) => unknown) {
  const asked: Query[] = []
  const client: KubernetesClient = {
    async call({ method, path, query }) {
      expect(`${method} ${path}`).toBe('GET /api/v1/nodes')
      asked.push(query)
      return answer(query)
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    close: () => undefined,
  }
  return { client, asked }
}

test('nodes are read in parts, only those that may get pods, and not again for each page', async () => {
  const { client, asked } = clusterThat((query) =>
    query?.continue === undefined
      ? { metadata: { continue: 'more' }, items: [node('a')] }
      : { metadata: { continue: '' }, items: [node('b')] },
  )
  const nodes = new ClusterNodes(client, { nodeSelector: { pool: 'services', disk: 'ssd' } })
  const [first, second] = await Promise.all([nodes.read(0), nodes.read(9_999)])
  expect(first.nodes.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(second).toBe(first)
  const labelSelector = 'pool=services,disk=ssd'
  expect(asked).toEqual([
    { limit: '200', labelSelector },
    { limit: '200', labelSelector, continue: 'more' },
  ])
  await nodes.read(10_000)
  expect(asked).toHaveLength(4)
})

test.each([
  [
    'forbids it',
    kubernetesRefused({ status: 403, reason: 'Forbidden', said: 'nodes is forbidden' }),
    { answer: 'forbidden', nodes: [], said: 'nodes is forbidden' },
  ],
  [
    'does not know the account any more',
    kubernetesRefused({ status: 401, reason: 'Unauthorized', said: 'Unauthorized' }),
    { answer: 'away', nodes: [], said: 'Unauthorized' },
  ],
  [
    'does not answer',
    kubernetesUnavailable({ why: 'connect ECONNREFUSED' }),
    { answer: 'away', nodes: [], said: 'connect ECONNREFUSED' },
  ],
])('a cluster that %s is told, with its words', async (_what, error, told) => {
  const { client } = clusterThat(() => {
    throw error
  })
  expect(await new ClusterNodes(client, {}).read(0)).toEqual(told)
})
