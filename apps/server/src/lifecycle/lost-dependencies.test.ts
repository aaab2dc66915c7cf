import { expect, test } from 'vitest'
import { LostDependencies } from './lost-dependencies.ts'
import type { Action } from './reconcile.ts'

test('a service that misses its dependencies is started by one task for all its instances, and again after pauses that grow', async () => {
  const started: string[] = []
  let minutes = 0
  const lost = new LostDependencies({
    now: () => minutes * 60_000,
    dependencies: { areLost: async ({ serviceId }) => serviceId !== 'well' },
    tasks: {
      isUntouched: (serviceId) => serviceId !== 'busy',
      start: async ({ serviceId }) => {
        if (typeof serviceId === 'string') started.push(serviceId)
      },
    },
  })
  const instances = new Map(
    ['poor-1', 'poor-2', 'poor-3', 'well-1', 'busy-1'].map((id) => [
      id,
      { serviceId: id.split('-')[0] ?? '', release: 1 },
    ]),
  )
  const start = (id: string): Action[] => [
    { type: 'add', id },
    { type: 'start', id },
  ]
  const actions = new Map([...instances.keys()].map((id) => [id, start(id)]))
  // It is only added, because its service is stopped.
  actions.set('poor-3', [{ type: 'add', id: 'poor-3' }])
  const waiting = await lost.waiting(actions, instances)
  expect([...waiting]).toEqual(['poor-1', 'poor-2', 'busy-1'])
  const services = [...waiting].flatMap((id) => instances.get(id)?.serviceId ?? [])
  const startedAt: number[] = []
  for (; minutes < 120; minutes += 1) {
    const before = started.length
    await lost.start(services, 0)
    if (started.length > before) startedAt.push(minutes)
  }
  expect(new Set(started)).toEqual(new Set(['poor']))
  expect(startedAt).toEqual([0, 5, 15, 35, 75])
})
