import { expect, test } from 'vitest'
import type { LiveInstance } from '../../instances/instance-monitor.ts'
import { liveInstance } from '../../instances/live-instance.test-setup.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import { usualConfig } from '../../releases/releases.test-world.ts'
import { storedService } from '../../services/stored-service.test-setup.ts'
import { findInstance } from './find-instance.ts'
import { manifest } from '../runs.test-manifest.ts'

const instance = (number: number, part: Partial<LiveInstance> = {}) =>
  liveInstance({
    id: `demo-r1-${number}`,
    endpoint: { host: '127.0.0.1', port: 18_000 + number },
    ...part,
  })
const then = new Date(0)
const service = storedService({ replicas: 3 })
const release: StoredRelease = {
  id: 'r1',
  serviceId: 'demo',
  number: 1,
  commit: 'commit-1',
  manifest,
  environmentHash: null,
  environmentSha256: null,
  image: null,
  healthPath: null,
  appFacts: null,
  api: null,
  examples: [],
  coverAssetId: null,
  config: usualConfig,
  serviceChange: {},
  failure: null,
  instancesMade: 1,
  status: 'active',
  createdBy: 'someone',
  createdAt: then,
}
const placeFor = async (instances: LiveInstance[], runs: Record<number, number> = {}) => {
  const deps = {
    services: { get: async () => service },
    monitor: { ofService: () => instances, get: () => null, askRunner: async () => null },
    executor: { runsOn: (id: string) => runs[Number(id.at(-1))] ?? 0 },
    temporary: { lease: () => Promise.reject(new Error('it serves')) },
    wake: () => Promise.reject(new Error('it does not sleep')),
  }
  const { instanceId, endpoint, generation } = await findInstance(
    deps,
    { service, release: null },
    { person: 'ann', signal: AbortSignal.timeout(1_000) },
  )
  return { instanceId, endpoint, generation }
}
const at = (number: number) => ({
  instanceId: `demo-r1-${number}`,
  endpoint: { host: '127.0.0.1', port: 18_000 + number },
  generation: null,
})

test('a run goes to the serving instance with the fewest runs, or to the first of several', async () => {
  const three = [instance(1), instance(2), instance(3)]
  expect(await placeFor(three)).toEqual(at(1))
  expect(await placeFor(three, { 1: 2, 2: 1, 3: 3 })).toEqual(at(2))
  expect(await placeFor([...three, instance(4, { release: 2 })], { 1: 1, 2: 1, 3: 1 })).toEqual(at(1))
})

test('an instance that takes no requests gets no run, even if it has none', async () => {
  const others = [instance(1, { state: 'STOPPING' }), instance(2, { health: 'STARTING' })]
  expect(await placeFor([...others, instance(3)], { 3: 9 })).toEqual(at(3))
  await expect(placeFor(others)).rejects.toMatchObject({ code: 'service.not_ready' })
})

test('a run whose release stops serving at that moment goes to a temporary instance of the release', async () => {
  const served = [1, 2]
  const leased: number[] = []
  const found = await findInstance(
    {
      services: { get: async () => ({ ...service, currentRelease: served.shift() ?? 2 }) },
      monitor: {
        ofService: () => [instance(1, { state: 'STOPPING' })],
        get: () => null,
        askRunner: async () => null,
      },
      executor: { runsOn: () => 0 },
      temporary: {
        lease: async ({ number }) => {
          leased.push(number)
          return { ...at(9), giveBack: () => {} }
        },
      },
      wake: () => Promise.reject(new Error('it does not sleep')),
    },
    { service, release },
    { person: 'ann', signal: AbortSignal.timeout(1_000) },
  )
  expect(found).toMatchObject(at(9))
  expect(leased).toEqual([1])
})
