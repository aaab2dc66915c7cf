import { z } from 'zod'
import { AppError } from '../../../lib/errors.ts'
import type { Usage } from '../../../lib/procfs/process-usage.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { kubernetesLabels } from '../../kubernetes/kubernetes-labels.ts'
import { metricsPath } from '../../kubernetes/cluster-metrics.ts'
import { kubernetesSaid, refusedStatus } from '../../kubernetes/kubernetes.errors.ts'
import { readQuantity } from '../../kubernetes/quantity.ts'

/**
 * How long an answer is used again, in milliseconds. The cluster measures every 15 s or less often, so asking more
 * often tells nothing new.
 */
const freshMs = 10_000
/** How long to wait before asking again if the cluster does not report usage, in milliseconds. */
const absentMs = 60_000
const patienceMs = 5_000
const notFound = 404

const answer = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      containers: z.array(z.object({ usage: z.object({ cpu: z.string(), memory: z.string() }) })),
    }),
  ),
})

function usageOf(containers: z.infer<typeof answer>['items'][number]['containers']): Usage | null {
  let cpu = 0
  let memoryBytes = 0
  for (const { usage } of containers) {
    const cores = readQuantity(usage.cpu)
    const bytes = readQuantity(usage.memory)
    if (cores === null || bytes === null) return null
    cpu += cores
    memoryBytes += Math.round(bytes)
  }
  // Open files cannot be counted from another machine.
  return { cpu, memoryBytes, openFiles: null }
}

const isAway = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'process.kubernetes_unavailable'

/** What pods use, by their names, as the metrics API of their cluster tells it. */
export class PodUsage {
  readonly #client: KubernetesClient
  readonly #setting: { namespace: string; platform: string }
  #last: ReadonlyMap<string, Usage> = new Map()
  #nextAt = 0
  #told = ''

  constructor(client: KubernetesClient, setting: { namespace: string; platform: string }) {
    this.#client = client
    this.#setting = setting
  }

  /**
   * Returns the usage. Empty for a cluster without a metrics API, which the start of the platform mentions, and for one
   * that does not answer, which all reports mention. Any other failure rejects once.
   */
  async read(now: number): Promise<ReadonlyMap<string, Usage>> {
    if (now < this.#nextAt) return this.#last
    this.#nextAt = now + freshMs
    const { namespace, platform } = this.#setting
    const path = `${metricsPath}/namespaces/${namespace}/pods`
    const query = { labelSelector: `${kubernetesLabels.platform}=${platform}` }
    try {
      const { items } = answer.parse(
        await this.#client.call({ method: 'GET', path, query, timeoutMs: patienceMs }),
      )
      this.#last = new Map(
        items.flatMap(({ metadata, containers }) => {
          const usage = usageOf(containers)
          return usage ? [[metadata.name, usage] as const] : []
        }),
      )
      this.#told = ''
    } catch (error) {
      this.#last = new Map()
      const status = refusedStatus(error)
      if (status !== null) this.#nextAt = now + absentMs
      if (status === notFound || isAway(error)) return this.#last
      const said = kubernetesSaid(error)
      const isNew = said !== this.#told
      this.#told = said
      if (isNew) throw error
    }
    return this.#last
  }
}
