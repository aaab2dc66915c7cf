import { describe, expect, test } from 'vitest'
import { fakeBench, id, name } from './fake-bench.test-setup.ts'
import { running, terminated, waiting } from './fake-cluster.test-setup.ts'

const bench = fakeBench()
const { inState, reportOf, spec, startNew, thePod, until } = bench

describe('a life', () => {
  test('a started process is a pod, whose address is its endpoint, and a stopped one leaves nothing', async () => {
    await startNew()
    const report = await inState('RUNNING')
    expect(report).toMatchObject({ pid: null, reason: null, restarts: 0, generation: expect.any(String) })
    expect(report.endpoint).toEqual({ host: '10.9.8.7', port: 8000 })
    expect(report.node).toBe('node-1')
    expect(report.reserved).toEqual({ cpu: 0, memoryBytes: 32 * 1024 ** 2, gpus: 0 })
    expect(bench.cluster.all('secrets')[0]).toMatchObject({ stringData: { SECRET: 'value' } })
    await bench.runner.stop(id)
    expect(await reportOf()).toMatchObject({ state: 'STOPPED', generation: null, node: null, reason: null })
    expect([...bench.cluster.objects.keys()]).toEqual([])
  })

  test('a platform that is a pod of the cluster leaves the pods of services at its end, for the pod that follows', async () => {
    await startNew()
    await bench.reopen(undefined, true)
    const { generation } = await inState('RUNNING')
    const pod = thePod()
    await bench.runner.shutdown()
    expect(thePod()).toBe(pod)
    await bench.reopen(undefined, true)
    expect(await inState('RUNNING')).toMatchObject({ generation, restarts: 0 })
  })

  test('a start that is repeated makes nothing twice', async () => {
    await bench.runner.add([spec()])
    await Promise.all([bench.runner.start(id), bench.runner.start(id)])
    await inState('RUNNING')
    await bench.runner.start(id)
    expect(bench.cluster.requests.filter((one) => one.startsWith('POST'))).toHaveLength(2)
  })

  test('a crash that the cluster answers by itself is counted, with its exit code', async () => {
    await startNew()
    const first = await inState('RUNNING')
    bench.cluster.setPod(thePod(), { restartCount: 0, state: terminated(3) })
    bench.cluster.setPod(thePod(), { restartCount: 1, state: running(), lastState: terminated(3) })
    const next = await until(async () => {
      const report = await reportOf()
      return report.state === 'RUNNING' && report.restarts === 1 && report
    })
    expect(next).toMatchObject({ exitCode: 3, lastEnd: { code: 'exited', exitCode: 3 }, reason: null })
    expect(next.generation).not.toBe(first.generation)
  })

  test('the pause of the cluster after a crash is not waited for: another pod has none', async () => {
    await startNew()
    await inState('RUNNING')
    const first = thePod()
    bench.cluster.setPod(first, {
      restartCount: 0,
      state: waiting('CrashLoopBackOff'),
      lastState: terminated(4),
    })
    await until(async () => bench.cluster.pods().length === 1 && thePod() !== first)
    const report = await until(async () => {
      const now = await reportOf()
      return now.generation !== null && now
    })
    expect(report).toMatchObject({ restarts: 1, exitCode: 4 })
  })

  test('five crashes end in FATAL, and the cluster is told to stop', async () => {
    bench.cluster.onPod = (pod) =>
      bench.cluster.setPod(pod, {
        restartCount: 0,
        state: waiting('CrashLoopBackOff'),
        lastState: terminated(7),
      })
    await startNew()
    const { reason, restarts } = await inState('FATAL')
    expect(reason).toMatchObject({ code: 'crash_loop', exits: 5, last: { code: 'exited', exitCode: 7 } })
    expect(restarts).toBe(4)
    await until(async () => bench.cluster.objects.size === 0)
    bench.cluster.onPod = null
    await bench.runner.start(id)
    expect(await inState('RUNNING')).toMatchObject({ reason: null })
  })

  test('a container over its memory says so', async () => {
    await startNew()
    await inState('RUNNING')
    bench.cluster.setPod(thePod(), { restartCount: 0, state: terminated(137, 'OOMKilled') })
    const { reason } = await inState('BACKOFF')
    expect(reason).toMatchObject({ code: 'out_of_memory', limitMb: 64 })
  })
})

describe('what others do to it', () => {
  test('a pod that somebody deletes comes back, and that is said', async () => {
    await startNew()
    await inState('RUNNING')
    bench.cluster.endPod(thePod())
    const report = await until(async () => {
      const now = await reportOf()
      return now.restarts === 1 && now.generation !== null && now
    })
    expect(report.lastEnd?.code).toMatch(/removed_by_cluster|signalled/)
  })

  test('an evicted pod names the reason of the cluster', async () => {
    await startNew()
    await inState('RUNNING')
    bench.cluster.setPod(thePod(), null, {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on memory.',
    })
    const { lastEnd } = await until(async () => {
      const now = await reportOf()
      return now.lastEnd && now
    })
    expect(lastEnd).toMatchObject({
      code: 'removed_by_cluster',
      said: 'Evicted: The node was low on memory.',
    })
  })

  test('a ReplicaSet that somebody scales or removes is put back', async () => {
    await startNew()
    await inState('RUNNING')
    const kept = bench.cluster.objects.get(`replicasets/${name}`)
    if (!kept) throw new Error('there is none')
    bench.cluster.put('replicasets', {
      ...kept,
      metadata: { ...kept.metadata, generation: 2 },
      spec: { replicas: 0 },
    })
    await until(async () => bench.cluster.pods().length === 1)
    expect(bench.cluster.objects.get(`replicasets/${name}`)).toMatchObject({ spec: { replicas: 1 } })
    await inState('RUNNING')
    bench.cluster.drop('replicasets', name)
    await until(async () => bench.cluster.objects.has(`replicasets/${name}`))
  })

  test('what was put back once is not put back again by the next control plane, nor is it said again', async () => {
    await startNew()
    await inState('RUNNING')
    const kept = bench.cluster.objects.get(`replicasets/${name}`)
    if (!kept) throw new Error('there is none')
    const changed = { ...kept.metadata, generation: 2 }
    bench.cluster.put('replicasets', { ...kept, metadata: changed, spec: { replicas: 0 } })
    await until(async () => bench.errors.length === 1)
    await bench.reopen()
    await inState('RUNNING')
    // Events are handled one after the other, so the ReplicaSet has been compared once this one is known.
    bench.cluster.endPod(thePod())
    await until(async () => (await reportOf()).restarts > 0)
    expect(bench.cluster.requests.filter((one) => one.startsWith('PUT'))).toHaveLength(1)
    expect(bench.errors).toHaveLength(1)
  })

  test('an object that takes the name of a left one just before that is removed stays', async () => {
    const labels = { 'io.vitrine/platform': 'p1', 'io.vitrine/instance': id }
    bench.cluster.put('secrets', { kind: 'Secret', metadata: { name, labels } })
    bench.cluster.refuses = (method, kind) => {
      if (method !== 'DELETE' || kind !== 'secrets') return null
      bench.cluster.drop('secrets', name)
      bench.cluster.put('secrets', { kind: 'Secret', metadata: { name, uid: 'foreign' } })
      return null
    }
    await bench.runner.add([spec()])
    await expect(bench.runner.start(id)).rejects.toThrow('UID')
    expect(bench.cluster.objects.get(`secrets/${name}`)?.metadata.uid).toBe('foreign')
  })

  test('a foreign object of the same name is left alone, and the start says which it is', async () => {
    bench.cluster.put('replicasets', { kind: 'ReplicaSet', metadata: { name }, spec: { replicas: 0 } })
    await bench.runner.add([spec()])
    await expect(bench.runner.start(id)).rejects.toMatchObject({ code: 'process.kubernetes_name_taken' })
    expect(await reportOf()).toMatchObject({ state: 'FATAL', reason: { code: 'refused_by_cluster' } })
    await bench.runner.stop(id)
    expect([...bench.cluster.objects.keys()]).toEqual([`replicasets/${name}`])
  })

  test('what an earlier platform left is removed, and what only looks like it is not', async () => {
    const labels = { 'io.vitrine/platform': 'p1', 'io.vitrine/instance': 'gone-r1-1' }
    const others = { 'io.vitrine/platform': 'p2', 'io.vitrine/instance': id }
    const left = { name: 'vitrine-p1-gone-r1-1', labels }
    bench.cluster.put('replicasets', { kind: 'ReplicaSet', metadata: left, spec: { replicas: 1 } })
    bench.cluster.put('secrets', { kind: 'Secret', metadata: left })
    bench.cluster.put('replicasets', {
      kind: 'ReplicaSet',
      metadata: { name: 'x', labels: others },
      spec: { replicas: 0 },
    })
    bench.cluster.put('pods', { kind: 'Pod', metadata: { name: 'by-hand', labels } })
    const copy = { name: 'copy', labels }
    bench.cluster.put('replicasets', { kind: 'ReplicaSet', metadata: copy, spec: { replicas: 0 } })
    await bench.reopen()
    await until(async () => !bench.cluster.objects.has('replicasets/vitrine-p1-gone-r1-1'))
    await until(async () => bench.cluster.pods().length === 1)
    expect([...bench.cluster.objects.keys()].toSorted()).toEqual([
      'pods/by-hand',
      'replicasets/copy',
      'replicasets/x',
    ])
  })
})
