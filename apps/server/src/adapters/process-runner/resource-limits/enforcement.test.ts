import { describe, expect, test } from 'vitest'
import { chooseEnforcement, describeEnforcement, type LimitMachine } from './enforcement.ts'

const bare: LimitMachine = { canDropRoot: true, v2: null, v1: {} }
const v1 = { memory: '/m', cpu: '/c', pids: '/p' }
const v2 = { folder: '/u', controllers: ['memory', 'cpu', 'pids'] as const }

describe('how a machine enforces limits', () => {
  test.each<[string, LimitMachine, string]>([
    ['no writable cgroup', bare, 'memory watch, cpu null, processes watch, open_files rlimit'],
    ['version 2', { ...bare, v2 }, 'memory cgroup, cpu cgroup, processes cgroup, open_files rlimit'],
    ['version 1', { ...bare, v1 }, 'memory cgroup, cpu cgroup, processes cgroup, open_files rlimit'],
    [
      'version 1 with memory alone',
      { ...bare, v1: { memory: '/m' } },
      'memory cgroup, cpu null, processes watch, open_files rlimit',
    ],
    [
      'root that cannot be given up',
      { canDropRoot: false, v2, v1 },
      'memory watch, cpu null, processes watch, open_files rlimit',
    ],
  ])('%s', (_name, machine, words) => {
    const limits = describeEnforcement(chooseEnforcement(machine))
    expect(limits.map(({ resource, by }) => `${resource} ${by}`).join(', ')).toBe(words)
  })

  test('version 2 is used for its controllers, version 1 for the others', () => {
    const machine = { ...bare, v1, v2: { folder: '/u', controllers: ['pids'] as const } }
    expect(chooseEnforcement(machine)).toEqual([
      { version: 2, folder: '/u', controllers: ['pids'] },
      { version: 1, folder: '/m', controllers: ['memory'] },
      { version: 1, folder: '/c', controllers: ['cpu'] },
    ])
  })

  test('a hierarchy of version 2 without a controller, as it exists beside version 1, is not used', () => {
    expect(chooseEnforcement({ ...bare, v2: { folder: '/u', controllers: [] } })).toEqual([])
  })
})
