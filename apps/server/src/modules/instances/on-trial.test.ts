import { expect, onTestFinished, test } from 'vitest'
import { memoryRunner } from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import { takesRequests } from './instance-facts.ts'
import { InstanceMonitor } from './instance-monitor.ts'
import { processSpec, watchedInstance } from './live-instance.test-setup.ts'

const instance = (replica: number, onTrial: boolean) =>
  watchedInstance({ id: `demo-r1-${replica}`, replica, onTrial })

test('an instance on trial gets no requests, and those that serve do so until it is proven', async () => {
  const runner = memoryRunner()
  const monitor = new InstanceMonitor({
    runner,
    probe: async () => ({ health: 'READY', reason: null, found: null }),
    portsOf: async () => [],
    lastLines: async () => [],
    onChange: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  onTestFinished(() => monitor.close())
  const [serves, tried] = [instance(1, false), instance(2, true)]
  for (const { id } of [serves, tried]) {
    await runner.add([processSpec(id, 'port')])
    await runner.start(id)
  }
  await monitor.open([serves, tried])
  const serving = () =>
    monitor
      .ofService('demo')
      .filter(takesRequests)
      .map(({ id }) => id)
  expect([monitor.get(tried.id)?.health, serving()]).toEqual(['READY', [serves.id]])
  monitor.endTrial(tried.id)
  expect(serving()).toEqual([serves.id, tried.id])
})
