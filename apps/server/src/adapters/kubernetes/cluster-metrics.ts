import type { KubernetesClient } from './kubernetes-client.ts'
import { refusedStatus } from './kubernetes.errors.ts'

/** Where a cluster with a metrics server tells what pods use. */
export const metricsPath = '/apis/metrics.k8s.io/v1beta1'

const notFound = 404
/** The start of the platform waits for the answer. */
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
