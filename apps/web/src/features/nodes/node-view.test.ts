import { describe, expect, test } from 'vitest'
import type { PlacedInstance } from '@vitrine/contract'
import { foldInstances, labelText, takenPart } from './node-view.ts'

const instances = (count: number): PlacedInstance[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `a-r1-${index}`,
    service_id: 'a',
    mode: 'local',
    state: 'RUNNING',
  }))

describe('the instances of a node', () => {
  test.each([
    [0, 0, 0],
    [7, 7, 0],
    [8, 6, 2],
    [200, 6, 194],
  ])('of %i, %i are shown at once and %i are folded', (count, first, folded) => {
    const shown = foldInstances({ instances: instances(count), instance_count: count })
    expect([shown.first.length, shown.folded.length, shown.unnamed]).toEqual([first, folded, 0])
  })

  test('those that are not named are counted', () => {
    expect(foldInstances({ instances: instances(2), instance_count: 5 }).unnamed).toBe(3)
  })
})

test.each([
  ['of a machine, what everything uses', { total: 4, requested: null, in_use: 1 }, 0.25],
  ['of a node, what is kept', { total: 4, requested: 2, in_use: 1 }, 0.5],
  ['of a node without room', { total: 4, requested: 5, in_use: null }, 1],
  ['of a node that is not known', { total: null, requested: 2, in_use: 1 }, null],
  ['of a machine that was not measured yet', { total: 4, requested: null, in_use: null }, null],
])('what is taken %s', (_what, share, part) => {
  expect(takenPart(share)).toBe(part)
})

test.each([
  [{ name: 'node-role.kubernetes.io/worker', value: '' }, 'worker'],
  [{ name: 'nvidia.com/gpu.product', value: 'L4' }, 'gpu.product=L4'],
  [{ name: 'topology.kubernetes.io/zone', value: 'b' }, 'zone=b'],
  [{ name: 'kubernetes.io/arch', value: 'arm64' }, 'arch=arm64'],
  [{ name: 'pool', value: 'services' }, 'pool=services'],
  [{ name: 'example.com/pool', value: 'a' }, 'example.com/pool=a'],
  [{ name: 'spare', value: '' }, 'spare'],
])('the label %o is shown as %s', (label, text) => {
  expect(labelText(label)).toBe(text)
})
