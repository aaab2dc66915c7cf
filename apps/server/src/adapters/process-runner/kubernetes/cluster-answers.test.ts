import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { fakeBench, id, name } from './fake-bench.test-setup.ts'
import { running, terminated, waiting } from './fake-cluster.test-setup.ts'

const bench = fakeBench()
const { inState, reportOf, spec, startNew, thePod, until } = bench

describe('what the cluster refuses', () => {
  test.each([
    ['image', waiting('ErrImagePull', 'pull access denied'), 'pull access denied'],
    ['container', waiting('CreateContainerConfigError', 'secret "x" not found'), 'secret "x" not found'],
  ])('%s: it is told at once, in its own words', async (cause, state, said) => {
    bench.cluster.onPod = (pod) => bench.cluster.setPod(pod, { restartCount: 0, state }, { phase: 'Pending' })
    await startNew()
    const { reason } = await inState('BACKOFF')
    expect(reason).toEqual({ code: 'refused_by_cluster', cause, said })
    // It keeps trying.
    bench.cluster.setPod(thePod(), { restartCount: 0, state: running() })
    expect(await inState('RUNNING')).toMatchObject({ reason: null, restarts: 0 })
  })

  test('a pod that no node has room for says so', async () => {
    const message = '0/1 nodes are available: 1 Insufficient memory.'
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }]
    bench.cluster.onPod = (pod) =>
      bench.cluster.setPod(pod, null, { phase: 'Pending', podIP: '', conditions })
    await startNew()
    expect((await inState('BACKOFF')).reason).toEqual({
      code: 'refused_by_cluster',
      cause: 'unschedulable',
      said: message,
    })
  })

  test('a quota that is used up is told although there is no pod', async () => {
    bench.cluster.onPod = (pod) => bench.cluster.drop('pods', pod)
    await startNew()
    const kept = bench.cluster.objects.get(`replicasets/${name}`)
    if (!kept) throw new Error('there is none')
    const message =
      'pods "x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4'
    bench.cluster.put('replicasets', {
      ...kept,
      spec: { replicas: 0 },
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
    })
    const { reason } = await inState('BACKOFF')
    expect(reason).toEqual({ code: 'refused_by_cluster', cause: 'quota', said: message })
  })

  test('a right that is missing fails the start with the sentence of the cluster', async () => {
    const message = 'secrets is forbidden: User "vitrine" cannot create resource "secrets"'
    bench.cluster.refuses = (method, kind) =>
      method === 'POST' && kind === 'secrets' ? { status: 403, message } : null
    await bench.runner.add([spec()])
    await expect(bench.runner.start(id)).rejects.toMatchObject({
      code: 'process.kubernetes_refused',
      details: { status: 403, said: message },
    })
    expect(await reportOf()).toMatchObject({ state: 'FATAL', reason: { cause: 'refused', said: message } })
  })
})

describe('the way to the cluster', () => {
  test('after 410 Gone everything is listed again, and what happened meanwhile counts', async () => {
    await startNew()
    await inState('RUNNING')
    const lists = () => bench.cluster.requests.filter((one) => one.endsWith('/pods')).length
    const before = lists()
    bench.cluster.endWatches({ code: 410, message: 'too old resource version' })
    bench.cluster.setPod(thePod(), { restartCount: 2, state: running(), lastState: terminated(9) })
    await until(async () => (await reportOf()).restarts === 2)
    expect(lists()).toBeGreaterThan(before)
    expect(bench.errors).toEqual([])
  })

  test('while it does not answer, the last known state is told, and calls are refused', async () => {
    await startNew()
    await inState('RUNNING')
    const { port } = bench.cluster
    await bench.cluster.stop()
    await until(async () => (await reportOf()).reason?.code === 'engine_away')
    expect((await reportOf()).state).toBe('RUNNING')
    await expect(bench.runner.stop(id)).rejects.toMatchObject({ code: 'process.kubernetes_unavailable' })
    await bench.cluster.start(port)
    // What was asked for meanwhile is carried out.
    await until(async () => (await reportOf()).state === 'STOPPED' && bench.cluster.objects.size === 0)
  })

  test('what happened while no control plane was there is known to the next one', async () => {
    await startNew()
    const { generation } = await inState('RUNNING')
    await bench.reopen()
    expect(await inState('RUNNING')).toMatchObject({ generation, restarts: 0 })
    await bench.reopen(() =>
      bench.cluster.setPod(thePod(), { restartCount: 1, state: running(), lastState: terminated(1) }),
    )
    expect(await inState('RUNNING')).toMatchObject({ restarts: 1, exitCode: 1 })
    expect(bench.cluster.requests.filter((one) => one.startsWith('POST'))).toHaveLength(2)
  })

  test('each line of the log is kept once, also after a break', async () => {
    const text = () => readFile(spec().stdoutLog, 'utf8').catch(() => '')
    await startNew()
    await inState('RUNNING')
    bench.cluster.print(thePod(), '2026-11-29T10:00:00.100000000Z one')
    await until(async () => (await text()) === 'one\n')
    await bench.reopen(() => bench.cluster.print(thePod(), '2026-11-29T10:00:00.200000000Z two'))
    await until(async () => (await text()) === 'one\ntwo\n')
    const pod = thePod()
    bench.cluster.print(pod, '2026-11-29T10:00:01.000000000Z 三')
    await bench.runner.stop(id)
    expect(await text()).toBe('one\ntwo\n三\n')
  })
})
