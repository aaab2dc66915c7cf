import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { waitFor } from '../../../lib/wait-for.ts'
import { missingRights, nameOfRight } from '../../kubernetes/cluster-rights.ts'
import { readKubeconfig } from '../../kubernetes/kubeconfig.ts'
import { kubernetesClient, type KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { administrator, runnerIn, skipKubernetes, testCluster } from './kubernetes-runner.test-setup.ts'

const title = `faults of a cluster${skipKubernetes === null ? '' : ` (skipped: ${skipKubernetes})`}`
const namespace = `vitrine-test-${randomUUID().slice(0, 8)}`
const pathOf: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${namespace}/serviceaccounts`,
  Role: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  RoleBinding: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
}
const listed = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) })
const tokenAnswer = z.object({ status: z.object({ token: z.string() }) })
const placedPods = z.object({
  items: z.array(
    z.object({
      spec: z.object({
        nodeName: z.string(),
        topologySpreadConstraints: z.array(z.looseObject({ whenUnsatisfiable: z.string() })),
      }),
    }),
  ),
})
const countedBudgets = z.object({
  items: z.array(
    z.object({
      status: z
        .object({ expectedPods: z.number(), currentHealthy: z.number(), disruptionsAllowed: z.number() })
        .optional(),
    }),
  ),
})
const kindOf = z.looseObject({ kind: z.string() })

const apiGroup = z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })
/** A version of budgets that the cluster has. */
const versionOfBudgets = async (admin: KubernetesClient): Promise<string> =>
  apiGroup.parse(await admin.call({ method: 'GET', path: '/apis/policy' })).versions[0]?.groupVersion ?? ''

/** The account of the platform, with the role that its administrators are given. */
async function ordinaryClient(admin: KubernetesClient): Promise<KubernetesClient> {
  const file = join(import.meta.dirname, '../../../../../../deploy/kubernetes/rbac.yaml')
  const text = (await readFile(file, 'utf8')).replaceAll('vitrine-services', namespace)
  for (const document of parseAllDocuments(text)) {
    const body = kindOf.parse(document.toJS())
    await admin.call({ method: 'POST', path: pathOf[body.kind] ?? '', body })
  }
  const path = `${pathOf.ServiceAccount}/vitrine/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } }
  const { token } = tokenAnswer.parse(await admin.call({ method: 'POST', path, body })).status
  const access = await readKubeconfig(testCluster?.kubeconfig ?? '', null)
  return kubernetesClient(async () => ({ ...access, client: null, signIn: { kind: 'token', token } }))
}

describe.skipIf(skipKubernetes !== null)(title, { timeout: 180_000 }, () => {
  let admin: KubernetesClient
  let client: KubernetesClient
  let folder: string
  let runner: ProcessRunner
  let id: string

  beforeAll(async () => {
    admin = administrator()
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    await admin.call({ method: 'POST', path: '/api/v1/namespaces', body })
    client = await ordinaryClient(admin)
  })
  afterAll(async () => {
    await admin?.call({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` })
    admin?.close()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-'))
    id = `t${randomUUID().slice(0, 8)}-r1-0`
    runner = runnerIn(folder, { client, namespace })
    await runner.open()
  })
  afterEach(async () => {
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (changes: Partial<ProcessSpec> = {}) => {
    await runner.add([
      {
        id,
        file: '/bin/sleep',
        args: ['600'],
        cwd: '/',
        env: { VITRINE_INSTANCE: id },
        stdoutLog: join(folder, 'out.log'),
        stderrLog: join(folder, 'err.log'),
        startSeconds: 1,
        stopGraceMs: 1_000,
        user: null,
        limits: {},
        image: testCluster?.image,
        ...changes,
      },
    ])
    await runner.start(changes.id ?? id)
  }
  const until = async (holds: (report: ProcessReport) => boolean): Promise<ProcessReport> => {
    const ask = async () => {
      const report = (await runner.reports()).get(id)
      return report && holds(report) ? report : null
    }
    const found = await waitFor(ask, { timeoutMs: 90_000, everyMs: 50 })
    if (!found) throw new Error(`waited in vain: ${JSON.stringify((await runner.reports()).get(id))}`)
    return found
  }
  const runs = () => until(({ state }) => state === 'RUNNING')
  const refused = async () => (await until(({ state }) => state === 'BACKOFF')).reason
  const nameOf = async (kind: string): Promise<string> => {
    const query = { labelSelector: `io.vitrine/instance=${id}` }
    const { items } = listed.parse(await admin.call({ method: 'GET', path: kind, query }))
    return items[0]?.metadata.name ?? ''
  }
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const replicaSets = `/apis/apps/v1/namespaces/${namespace}/replicasets`

  test('the least role suffices', async () => {
    expect((await missingRights(client, namespace)).map(nameOfRight)).toEqual([])
    await start()
    await runs()
    await runner.stop(id)
    expect(await nameOf(replicaSets)).toBe('')
  })

  test('a pod that somebody deletes comes back', async () => {
    await start()
    const { generation } = await runs()
    await admin.call({ method: 'DELETE', path: `${pods}/${await nameOf(pods)}` })
    const report = await until((now) => now.generation !== null && now.generation !== generation)
    expect(report.restarts).toBe(1)
  })

  test('a ReplicaSet that somebody scales to nothing, or removes, is put back', async () => {
    await start()
    const { generation } = await runs()
    const name = await nameOf(replicaSets)
    const metadata = { name, namespace }
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 0 } }
    await admin.call({ method: 'PUT', path: `${replicaSets}/${name}/scale`, body: scale })
    const next = await until((now) => now.generation !== null && now.generation !== generation)
    await admin.call({ method: 'DELETE', path: `${replicaSets}/${name}` })
    await until((now) => now.generation !== null && now.generation !== next.generation)
  })

  test('of two instances of a service at most one is moved at a time, and one node has room for both', async () => {
    const query = { labelSelector: `io.vitrine/service=${id}` }
    const group = await versionOfBudgets(admin)
    const path = `/apis/${group}/namespaces/${namespace}/poddisruptionbudgets`
    const counted = async () =>
      countedBudgets.parse(await admin.call({ method: 'GET', path, query })).items.map(({ status }) => status)
    await start({ group: id })
    await start({ group: id, id: `${id}x`, env: { VITRINE_INSTANCE: `${id}x` } })
    await runs()
    const budget = await waitFor(
      async () => {
        const [status] = await counted()
        return status?.currentHealthy === 2 && status
      },
      { timeoutMs: 90_000, everyMs: 100 },
    )
    // The cluster adds up the replicas of both ReplicaSets.
    expect(budget).toEqual({ expectedPods: 2, currentHealthy: 2, disruptionsAllowed: 1 })
    const placed = placedPods.parse(await admin.call({ method: 'GET', path: pods, query })).items
    expect(placed).toHaveLength(2)
    for (const { spec } of placed) expect(spec.topologySpreadConstraints).toHaveLength(1)
    await runner.stop(`${id}x`)
    expect(
      await waitFor(async () => (await counted()).length === 0, { timeoutMs: 90_000, everyMs: 100 }),
    ).toBe(true)
  })

  test('an image that cannot be pulled is told', async () => {
    await start({ image: 'registry.invalid/team/absent:1' })
    expect(await refused()).toMatchObject({ code: 'refused_by_cluster', cause: 'image' })
  })

  test('a pod that no node has room for is told', async () => {
    await start({ limits: { memory_mb: 10_000_000 } })
    expect(await refused()).toMatchObject({
      code: 'refused_by_cluster',
      cause: 'unschedulable',
      said: expect.stringContaining('Insufficient memory'),
    })
  })

  test('a quota that is used up is told', async () => {
    const path = `/api/v1/namespaces/${namespace}/resourcequotas`
    const body = { kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } }
    await admin.call({ method: 'POST', path, body: { apiVersion: 'v1', ...body } })
    try {
      await start()
      expect(await refused()).toMatchObject({
        code: 'refused_by_cluster',
        cause: 'quota',
        said: expect.stringContaining('exceeded quota'),
      })
    } finally {
      await admin.call({ method: 'DELETE', path: `${path}/none` })
    }
    // The cluster keeps trying.
    await runs()
  })
})
