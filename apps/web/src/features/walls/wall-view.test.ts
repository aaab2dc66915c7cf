import type { Wall } from '@vitrine/contract'
import { wallFacts, wallGaps, wallNames, wallStates } from '@vitrine/contract/walls'
import { expect, test } from 'vitest'
import walls from '../../locales/zh/walls.ts'
import { byUrgency, commandFor, countStates } from './wall-view.ts'

const wall = (name: Wall['name'], state: Wall['state']): Wall => ({ name, state, facts: [], gaps: [] })
const some = [
  wall('sandbox', 'stands'),
  wall('limits', 'in_part'),
  wall('gateway', 'missing'),
  wall('database', 'in_part'),
]

test('walls that need attention come first, in their own order', () => {
  expect(byUrgency(some).map(({ name }) => name)).toEqual(['gateway', 'limits', 'database', 'sandbox'])
})

test('states are counted without those that no wall has', () => {
  expect(countStates(some)).toEqual([
    { state: 'missing', count: 1 },
    { state: 'in_part', count: 2 },
    { state: 'stands', count: 1 },
  ])
})

test('a command names the folder, the group and the account of this machine', () => {
  expect(commandFor({ code: 'folder_closed', values: { path: '/root' } })).toBe('chmod o+x /root')
  const values = { group: 'www-data', account: 'lin' }
  expect(commandFor({ code: 'socket_open', values })).toBe('usermod -aG www-data lin')
  expect(commandFor({ code: 'nothing_runs', values: {} })).toBeNull()
})

test.each([
  [1, '0.5'],
  [2, '1'],
  [16, '8'],
])(
  'on a machine with %i processors, the ceiling that is proposed leaves half of them to others',
  (cores, most) => {
    expect(commandFor({ code: 'cpu_unlimited', values: { cores } })).toBe(`VITRINE_CEILING_CPU=${most}`)
  },
)

test('every wall, state, fact and gap of the contract has its words, and no other has', () => {
  expect(Object.keys(walls.name).sort()).toEqual([...wallNames].sort())
  expect(Object.keys(walls.protects).sort()).toEqual([...wallNames].sort())
  expect(Object.keys(walls.state).sort()).toEqual([...wallStates].sort())
  expect(Object.keys(walls.fact).sort()).toEqual([...wallFacts].sort())
  expect(Object.keys(walls.why).sort()).toEqual([...wallGaps].sort())
  expect(Object.keys(walls.act).sort()).toEqual([...wallGaps].sort())
})
