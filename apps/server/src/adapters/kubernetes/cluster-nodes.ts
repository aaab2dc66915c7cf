import { z } from 'zod'
import type { KubernetesClient } from './kubernetes-client.ts'
import { gpuResource } from './kubernetes-labels.ts'
import { kubernetesSaid, refusedStatus } from './kubernetes.errors.ts'
import type { Toleration } from './node-choice.ts'
import { readQuantity } from './quantity.ts'

/** How long an answer is used again, in milliseconds. Nodes change rarely, and several people may look at the page. */
const freshMs = 10_000
const patienceMs = 5_000
/** A node takes some kilobytes, most of them about its images, so they are read in parts. */
const nodesAtOnce = '200'
const forbidden = 403

const taint = z.object({ key: z.string(), value: z.string().nullish(), effect: z.string() })
const nodeObject = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z
    .object({ unschedulable: z.boolean().nullish(), taints: z.array(taint).default([]) })
    .default({ taints: [] }),
  status: z
    .object({
      allocatable: z.record(z.string(), z.string()).default({}),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ allocatable: {}, conditions: [] }),
})
type NodeObject = z.infer<typeof nodeObject>
const answer = z.object({
  metadata: z.object({ continue: z.string().optional() }).default({}),
  items: z.array(z.unknown()),
})

/** The facts about a node that decide what runs there. */
export type ClusterNode = {
  name: string
  state: 'ready' | 'cordoned' | 'tainted' | 'not_ready'
  /** The taints that keep pods of the platform away, as `kubectl taint` writes them. */
  taints: readonly string[]
  /** What it lets pods have. Null if it does not say so. */
  cpu: number | null
  memoryBytes: number | null
  gpus: number
  labels: Readonly<Record<string, string>>
}

/** The nodes of a cluster, or why they are not known, in its words. */
export type NodesAnswer =
  | { answer: 'known'; nodes: readonly ClusterNode[]; said: null }
  | { answer: 'forbidden' | 'away'; nodes: readonly []; said: string }

/** Whether a pod may be placed on a node in spite of a taint, as the cluster decides it. */
const isTolerated = ({ key, value, effect }: z.infer<typeof taint>, tolerations: readonly Toleration[]) =>
  tolerations.some(
    (one) =>
      one.key === key && one.effect === effect && (one.operator === 'Exists' || one.value === (value ?? '')),
  )

/** The taints that the cluster itself sets for a node that does not answer or was closed. Its state says so already. */
const ofState = new Set(
  ['not-ready', 'unreachable', 'unschedulable'].map((one) => `node.kubernetes.io/${one}`),
)

function closingTaints({ spec: { taints } }: NodeObject, tolerations: readonly Toleration[]): string[] {
  return taints
    .filter(
      (one) => one.effect !== 'PreferNoSchedule' && !ofState.has(one.key) && !isTolerated(one, tolerations),
    )
    .map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
}

/** Reads a node of the API. Throws if the object is not a node. Pure. */
export function clusterNode(object: unknown, tolerations: readonly Toleration[]): ClusterNode {
  const node = nodeObject.parse(object)
  const { conditions, allocatable } = node.status
  const taints = closingTaints(node, tolerations)
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  const open = taints.length > 0 ? 'tainted' : 'ready'
  return {
    name: node.metadata.name,
    state: !isReady ? 'not_ready' : node.spec.unschedulable ? 'cordoned' : open,
    taints,
    cpu: readQuantity(allocatable.cpu ?? ''),
    memoryBytes: readQuantity(allocatable.memory ?? ''),
    gpus: readQuantity(allocatable[gpuResource] ?? '') ?? 0,
    labels: node.metadata.labels,
  }
}

/** The nodes of a cluster that may get pods of the platform. They are asked for at most every few seconds, however many people look. */
export class ClusterNodes {
  readonly #client: KubernetesClient
  readonly #selector: string
  readonly #tolerations: readonly Toleration[]
  #last: Promise<NodesAnswer> | null = null
  #nextAt = 0

  constructor(
    client: KubernetesClient,
    {
      nodeSelector = {},
      tolerations = [],
    }: {
      nodeSelector?: Readonly<Record<string, string>> | undefined
      tolerations?: readonly Toleration[] | undefined
    },
  ) {
    this.#client = client
    this.#selector = Object.entries(nodeSelector)
      .map(([name, value]) => `${name}=${value}`)
      .join(',')
    this.#tolerations = tolerations
  }

  /** Returns the nodes. Never rejects: a cluster that refuses or does not answer is an answer as well. */
  read(now: number): Promise<NodesAnswer> {
    if (this.#last !== null && now < this.#nextAt) return this.#last
    this.#nextAt = now + freshMs
    this.#last = this.#ask()
    return this.#last
  }

  async #ask(): Promise<NodesAnswer> {
    try {
      return { answer: 'known', nodes: await this.#list(), said: null }
    } catch (error) {
      const isForbidden = refusedStatus(error) === forbidden
      return { answer: isForbidden ? 'forbidden' : 'away', nodes: [], said: kubernetesSaid(error) }
    }
  }

  async #list(): Promise<ClusterNode[]> {
    const found: ClusterNode[] = []
    const signal = AbortSignal.timeout(patienceMs)
    let next: string | undefined
    do {
      const part = answer.parse(
        await this.#client.call({
          method: 'GET',
          path: '/api/v1/nodes',
          query: {
            limit: nodesAtOnce,
            ...(this.#selector !== '' && { labelSelector: this.#selector }),
            ...(next !== undefined && { continue: next }),
          },
          timeoutMs: patienceMs,
          signal,
        }),
      )
      found.push(...part.items.map((one) => clusterNode(one, this.#tolerations)))
      next = part.metadata.continue || undefined
    } while (next !== undefined)
    return found
  }

  close(): void {
    this.#client.close()
  }
}
