import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { missingRights, nameOfRight, neededRights } from './cluster-rights.ts'
import type { KubernetesClient } from './kubernetes-client.ts'

const rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
})
const role = z.object({ kind: z.enum(['Role', 'ClusterRole']), rules: z.array(rule) })

test('the roles in rbac.yaml give exactly the rights that are needed', async () => {
  const path = join(import.meta.dirname, '../../../../../deploy/kubernetes/rbac.yaml')
  const documents = parseAllDocuments(await readFile(path, 'utf8')).map((one): unknown => one.toJS())
  const found = documents.flatMap((one) => role.safeParse(one).data ?? [])
  const given = found.flatMap(({ kind, rules }) => {
    const where = kind === 'ClusterRole' ? ({ isClusterWide: true } as const) : {}
    return rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => nameOfRight({ group, resource, verb, ...where })),
        ),
      ),
    )
  })
  expect(given.toSorted()).toEqual(neededRights.map(nameOfRight).toSorted())
})

const asked = z.object({
  spec: z.object({
    resourceAttributes: z.object({
      namespace: z.literal('services').optional(),
      group: z.string(),
      resource: z.string(),
      subresource: z.string().optional(),
      verb: z.string(),
    }),
  }),
})

test('the rights that the cluster does not give are named', async () => {
  const client: KubernetesClient = {
    async call({ path, body }) {
      expect(path).toBe('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')
      const { namespace, resource, subresource, verb } = asked.parse(body).spec.resourceAttributes
      expect(namespace).toBe(resource === 'nodes' ? undefined : 'services')
      if (resource === 'nodes') return { status: { allowed: false } }
      return { status: { allowed: subresource !== 'log' && `${verb} ${resource}` !== 'update replicasets' } }
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    close: () => undefined,
  }
  expect((await missingRights(client, 'services')).map(nameOfRight)).toEqual([
    'get pods/log',
    'update replicasets.apps',
    'list nodes (ClusterRole)',
  ])
})
