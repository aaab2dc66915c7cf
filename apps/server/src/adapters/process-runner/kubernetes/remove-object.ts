import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { refusedStatus } from '../../kubernetes/kubernetes.errors.ts'

const notFound = 404

/**
 * Removes an object. One that is gone already is no error. With a UID, the cluster refuses if another object has the name by
 * now.
 */
export async function removeObject(
  client: KubernetesClient,
  path: string,
  { uid, gracePeriodSeconds }: { uid?: string; gracePeriodSeconds?: number } = {},
): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    ...(uid !== undefined && { preconditions: { uid } }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  }
  await client.call({ method: 'DELETE', path, body }).catch((error: unknown) => {
    if (refusedStatus(error) !== notFound) throw error
  })
}
