import { expect, test } from 'vitest'
import { InstanceUsage } from './instance-usage.ts'

const id = 'demo-r1-1'
const elsewhere = { cpu: 0.25, memoryBytes: 1_000_000, openFiles: null }

test('what an instance on another machine uses is told by its runner, while it lives', async () => {
  const usage = new InstanceUsage({ usage: async () => new Map([[id, elsewhere]]) })
  expect(usage.of({ id, pid: null, generation: 'a' })).toBeNull()
  await usage.sample([])
  expect(usage.of({ id, pid: null, generation: 'a' })).toEqual(elsewhere)
  expect(usage.of({ id, pid: null, generation: null })).toBeNull()
  expect(usage.of({ id: 'other-r1-1', pid: null, generation: 'a' })).toBeNull()
  expect(usage.of(null)).toBeNull()
})

test('what an instance on this machine uses is that of its process', async () => {
  const usage = new InstanceUsage({})
  await usage.sample([process.pid])
  expect(usage.of({ id, pid: process.pid, generation: 'a' })?.memoryBytes).toBeGreaterThan(10_000_000)
})

test('a runner that cannot tell what its processes use keeps nothing of this machine from being known', async () => {
  const usage = new InstanceUsage({ usage: () => Promise.reject(new Error('forbidden')) })
  await expect(usage.sample([process.pid])).rejects.toThrow('forbidden')
  expect(usage.of({ id, pid: process.pid, generation: 'a' })).not.toBeNull()
})
