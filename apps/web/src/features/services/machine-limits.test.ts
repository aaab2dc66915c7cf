import { expect, test } from 'vitest'
import {
  ceilingOf,
  dividesGpus,
  isOfNode,
  lacksDocker,
  modesToChoose,
  type Machine,
} from './machine-limits.ts'

const machine: Machine = {
  modes: ['supervisor', 'local'],
  limits: [
    { resource: 'memory', by: 'cgroup', ceiling: 18_079 },
    { resource: 'cpu', by: 'cgroup', ceiling: null },
  ],
}

test('the runners to choose between are those of the machine, and the present one of the service', () => {
  expect(modesToChoose(machine, 'supervisor')).toEqual(['supervisor', 'local'])
  expect(modesToChoose(machine, 'docker')).toEqual(['supervisor', 'local', 'docker'])
  expect(modesToChoose(undefined, 'local')).toEqual(['supervisor', 'local', 'docker', 'kubernetes'])
})

test('a machine lacks Docker if it is known to have no such runner', () => {
  expect(lacksDocker(undefined)).toBe(false)
  expect(lacksDocker(machine)).toBe(true)
  expect(lacksDocker({ ...machine, modes: ['local', 'docker'] })).toBe(false)
})

test('without a limit of its own, an instance may have as much as the ceiling of the machine', () => {
  expect(ceilingOf(machine, 'memory')).toBe(18_079)
  expect(ceilingOf(machine, 'cpu')).toBeNull()
  expect(ceilingOf(undefined, 'memory')).toBeUndefined()
})

test('in a cluster its nodes decide the limits of files and processes, and no others', () => {
  const resources = ['memory', 'cpu', 'open_files', 'processes'] as const
  expect(resources.filter((resource) => isOfNode('kubernetes', resource))).toEqual([
    'open_files',
    'processes',
  ])
  expect(resources.filter((resource) => isOfNode('docker', resource))).toEqual([])
})

test('only containers get graphics processors of their own', () => {
  const modes = modesToChoose(undefined, 'local')
  expect(modes.filter(dividesGpus)).toEqual(['docker', 'kubernetes'])
})
