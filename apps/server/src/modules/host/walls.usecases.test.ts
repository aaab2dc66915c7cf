import { expect, test } from 'vitest'
import { liveInstance, processReport } from '../instances/live-instance.test-setup.ts'
import { countInstances, place } from './walls.usecases.ts'

test('a pod is counted as one at which this machine cannot look, and its port is none of this machine', async () => {
  const endpoint = { host: '10.1.2.3', port: 8000 }
  const pod = liveInstance({ report: processReport({ pid: null, generation: 'a-pod-0', endpoint }) })
  const ended = liveInstance({ report: processReport({ pid: null, generation: null, state: 'STOPPED' }) })
  const here = liveInstance({
    report: processReport({ pid: process.pid, startedAt: new Date(0), endpoint: { host: '::1', port: 1 } }),
  })
  const placed = await place([pod, ended, here], () => new Date())
  expect(countInstances(placed)).toMatchObject({
    unknown: 1,
    elsewhere: 1,
    outside: 1,
    onPorts: 1,
    hosts: ['::1'],
    onNetwork: 1,
  })
})
