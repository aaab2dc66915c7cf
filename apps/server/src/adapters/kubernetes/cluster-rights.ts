import { z } from 'zod'
import type { KubernetesClient } from './kubernetes-client.ts'

/** A right in the namespace of the platform, or in the whole cluster: what may be done with which objects. */
export type ClusterRight = { group: string; resource: string; verb: string; isClusterWide?: true }

const rights = (group: string, resource: string, ...verbs: string[]): ClusterRight[] =>
  verbs.map((verb) => ({ group, resource, verb }))

/** All rights that the platform needs. `deploy/kubernetes/rbac.yaml` gives them, and no others. */
export const neededRights: readonly ClusterRight[] = [
  ...rights('', 'pods', 'list', 'watch', 'delete'),
  ...rights('', 'pods/log', 'get'),
  ...rights('', 'secrets', 'get', 'create', 'delete'),
  ...rights('metrics.k8s.io', 'pods', 'list'),
  ...rights('apps', 'replicasets', 'get', 'list', 'watch', 'create', 'update', 'delete'),
  // Without these, services run all the same, but without budgets.
  ...rights('policy', 'poddisruptionbudgets', 'list', 'create', 'delete'),
  // Nodes are in no namespace. Without this, the page of nodes knows only those with instances of the platform.
  { group: '', resource: 'nodes', verb: 'list', isClusterWide: true },
]

/** How long to wait for the answers, in milliseconds. The start of the platform waits for them. */
const patienceMs = 5_000
const review = z.object({ status: z.object({ allowed: z.boolean() }) })

/** Asks the cluster which of its rights the platform lacks. Everybody who can sign in may ask that. */
export async function missingRights(client: KubernetesClient, namespace: string): Promise<ClusterRight[]> {
  const asked = neededRights.map(async (right) => {
    const [resource = '', subresource] = right.resource.split('/')
    const resourceAttributes = {
      ...(!right.isClusterWide && { namespace }),
      group: right.group,
      verb: right.verb,
      resource,
      ...(subresource !== undefined && { subresource }),
    }
    const answer = await client.call({
      method: 'POST',
      timeoutMs: patienceMs,
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      },
    })
    return review.parse(answer).status.allowed ? [] : [right]
  })
  return (await Promise.all(asked)).flat()
}

/** How a right is named: `create secrets`, and with a word for one that a namespace cannot give. Pure. */
export const nameOfRight = ({ group, resource, verb, isClusterWide }: ClusterRight): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${isClusterWide ? ' (ClusterRole)' : ''}`
