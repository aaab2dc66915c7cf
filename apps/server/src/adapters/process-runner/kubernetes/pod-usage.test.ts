import { describe, expect, test } from 'vitest'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { kubernetesRefused } from '../../kubernetes/kubernetes.errors.ts'
import { fakeBench, id } from './fake-bench.test-setup.ts'
import { PodUsage } from './pod-usage.ts'

describe('of a cluster', () => {
  const bench = fakeBench()

  test('what a pod uses is the usage of its instance', async () => {
    await bench.startNew()
    await bench.inState('RUNNING')
    const containers = [{ name: 'instance', usage: { cpu: '250000000n', memory: '96Mi' } }]
    bench.cluster.metrics = {
      items: [
        { metadata: { name: bench.thePod() }, containers },
        { metadata: { name: 'of-somebody-else' }, containers },
      ],
    }
    expect(await bench.runner.usage?.()).toEqual(
      new Map([[id, { cpu: 0.25, memoryBytes: 96 * 2 ** 20, openFiles: null }]]),
    )
  })

  test('nothing is known without a metrics API, and that is no error', async () => {
    await bench.startNew()
    await bench.inState('RUNNING')
    expect(await bench.runner.usage?.()).toEqual(new Map())
    expect(bench.cluster.requests.filter((one) => one.includes('metrics'))).toHaveLength(1)
    // It is left alone for a while.
    await bench.runner.usage?.()
    expect(bench.cluster.requests.filter((one) => one.includes('metrics'))).toHaveLength(1)
  })
})

test('a cluster that refuses is told once, and asked again later', async () => {
  let asked = 0
  const client: KubernetesClient = {
    call: async () => {
      asked += 1
      throw kubernetesRefused({ status: 403, reason: 'Forbidden', said: 'pods.metrics.k8s.io is forbidden' })
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    close: () => undefined,
  }
  const usage = new PodUsage(client, { namespace: 'services', platform: 'p1' })
  await expect(usage.read(0)).rejects.toMatchObject({ code: 'process.kubernetes_refused' })
  expect(await usage.read(30_000)).toEqual(new Map())
  expect(await usage.read(60_000)).toEqual(new Map())
  expect(asked).toBe(2)
})
