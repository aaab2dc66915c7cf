import { expect, test } from 'vitest'
import { completeManifest } from '../releases/releases.test-world.ts'
import {
  needsAdjusting,
  planInstances,
  servingAlike,
  wantedOf,
  type WantedInstances,
} from './plan-instances.ts'

type Row = Parameters<typeof planInstances>[1][number]

const wanted = (part: Partial<WantedInstances> = {}): WantedInstances => ({
  release: 2,
  replicas: 2,
  mode: 'local',
  limits: {},
  network: 'all',
  configRevision: 0,
  ...part,
})
const row = (id: string, part: Partial<Row> = {}): Row => ({
  id,
  release: 2,
  replica: Number(id),
  mode: 'local',
  limits: {},
  network: 'all',
  configRevision: 0,
  onTrial: false,
  ...part,
})
const show = (of: WantedInstances, rows: readonly Row[]) => {
  const { stay, add, remove } = planInstances(of, rows)
  return { stay: stay.map(({ id }) => id), add, remove: remove.map(({ id }) => id) }
}
const pair = [row('1'), row('2')]

test.each<[string, WantedInstances, readonly Row[], ReturnType<typeof show>]>([
  ['the first deploy makes all', wanted(), [], { stay: [], add: [1, 2], remove: [] }],
  ['what is as wanted stays', wanted(), pair, { stay: ['1', '2'], add: [], remove: [] }],
  ['scaling up adds places', wanted({ replicas: 4 }), pair, { stay: ['1', '2'], add: [3, 4], remove: [] }],
  [
    'scaling down takes the last ones',
    wanted({ replicas: 1 }),
    pair,
    { stay: ['1'], add: [], remove: ['2'] },
  ],
  [
    'another release replaces all',
    wanted({ release: 3 }),
    pair,
    { stay: [], add: [1, 2], remove: ['1', '2'] },
  ],
  [
    'so does another mode',
    wanted({ mode: 'supervisor' }),
    pair,
    { stay: [], add: [1, 2], remove: ['1', '2'] },
  ],
  [
    'so do other limits',
    wanted({ limits: { memory_mb: 64 } }),
    pair,
    { stay: [], add: [1, 2], remove: ['1', '2'] },
  ],
  [
    'so does another number of GPUs',
    wanted({ limits: { gpus: 1 } }),
    pair,
    { stay: [], add: [1, 2], remove: ['1', '2'] },
  ],
  [
    'no GPU is as good as none stated',
    wanted({ limits: { gpus: 0 } }),
    pair,
    { stay: ['1', '2'], add: [], remove: [] },
  ],
  [
    'a missing place is filled, and not by moving another to it',
    wanted({ replicas: 3 }),
    [row('1'), row('3')],
    { stay: ['1', '3'], add: [2], remove: [] },
  ],
  [
    'of two at one place the first stays',
    wanted({ replicas: 1 }),
    [row('1'), row('9', { replica: 1 })],
    { stay: ['1'], add: [], remove: ['9'] },
  ],
  [
    'one on trial goes, though it is as wanted',
    wanted(),
    [row('1'), row('2', { onTrial: true })],
    { stay: ['1'], add: [2], remove: ['2'] },
  ],
  [
    'a change that was cut off half-way is finished, not begun anew',
    wanted({ mode: 'supervisor' }),
    [row('1'), row('2'), row('3', { replica: 1, mode: 'supervisor' })],
    { stay: ['3'], add: [2], remove: ['1', '2'] },
  ],
])('%s', (_name, of, rows, plan) => {
  expect(show(of, rows)).toEqual(plan)
})

const service = {
  desired: 'running' as const,
  asleep: false,
  replicas: 2,
  mode: 'local' as const,
  limits: null,
  configRevision: 0,
  options: { network: 'all' as const },
}
const release = { number: 2, manifest: completeManifest({ resources: { memory_mb: 128 } }) }
const limited = pair.map((one) => ({ ...one, limits: { memory_mb: 128 } }))

test('a service without its own limits has those of the manifest', () => {
  expect(wantedOf(service, release).limits).toEqual({ memory_mb: 128 })
  expect(wantedOf({ ...service, limits: {} }, release).limits).toEqual({})
})

test('only a service that should run needs adjusting, and only if its instances differ from what it wants', () => {
  expect(needsAdjusting(service, release, limited)).toBe(false)
  expect(needsAdjusting(service, release, pair)).toBe(true)
  expect(needsAdjusting({ ...service, replicas: 3 }, release, limited)).toBe(true)
  expect(needsAdjusting({ ...service, options: { network: 'none' } }, release, limited)).toBe(true)
  expect(needsAdjusting({ ...service, configRevision: 3 }, release, limited)).toBe(true)
  expect(needsAdjusting(service, release, [])).toBe(true)
  expect(needsAdjusting({ ...service, desired: 'stopped' }, release, [])).toBe(false)
  expect(needsAdjusting({ ...service, asleep: true }, release, [])).toBe(false)
})

const made = (id: string, minute: number, part: Partial<Row> = {}) => ({
  ...row(id, part),
  createdAt: new Date(minute * 60_000),
})
const former = [made('1', 1), made('2', 1)]
const present = [
  made('3', 2, { replica: 1, limits: { memory_mb: 512 } }),
  made('4', 2, { replica: 2, limits: { memory_mb: 512 } }),
]

test.each<[string, WantedInstances, string[]]>([
  ['the wanted ones count, also beside newer ones', wanted(), ['1', '2']],
  ['former ones that are left do not', wanted({ limits: { memory_mb: 512 } }), ['3', '4']],
  ['if none is as wanted, those like the newest count', wanted({ limits: { memory_mb: 640 } }), ['3', '4']],
  ['those of another release never do', wanted({ release: 3 }), []],
])('of two generations: %s', (_what, of, ids) => {
  const onTrial = made('5', 3, { limits: { memory_mb: 640 }, onTrial: true })
  expect(servingAlike(of, [...former, ...present, onTrial]).map(({ id }) => id)).toEqual(ids)
})
