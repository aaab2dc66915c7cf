import type { KubernetesClient } from './kubernetes-client.ts'
import { refusedStatus } from './kubernetes.errors.ts'

/** The path at which a cluster with a metrics server reports the usage of pods. */
export const metricsPath = '/apis/metrics.k8s.io/v1beta1'

const notFound = 404
/** How long to wait for the answer, in milliseconds. The start of the platform waits for it. */
const patienceMs = 5_000

/** Whether a cluster has a metrics API. Everybody who can sign in may ask that. One that does not answer counts as having one. */
export async function hasMetrics(client: KubernetesClient): Promise<boolean> {
  try {
    await client.call({ method: 'GET', path: metricsPath, timeoutMs: patienceMs })
    return true
  } catch (error) {
    return refusedStatus(error) !== notFound
  }
}
