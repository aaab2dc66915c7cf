import { describe, expect, test } from 'vitest'
import type { WallReadings } from './walls.readings.ts'
import { seen, well } from './walls.test-readings.ts'
import { wallsOf } from './walls.ts'

describe('the network', () => {
  const network = (cutOff: number, onNetwork: number, sandbox: Partial<WallReadings['sandbox']> = {}) =>
    seen('network', {
      ...well,
      sandbox: { ...well.sandbox, ...sandbox },
      instances: { ...well.instances, cutOff, onNetwork },
    })

  test.each([
    [2, 0, 'stands'],
    [2, 1, 'in_part instances_on_network'],
    [0, 3, 'missing instances_on_network'],
    [0, 0, 'unknown nothing_runs'],
  ])('with %i instances cut off and %i on it is: %s', (cutOff, onNetwork, words) => {
    expect(network(cutOff, onNetwork)).toBe(words)
  })
  test('is missing where sandboxes cannot be cut off from it', () => {
    expect(network(0, 0, { network: 'shared' })).toBe('missing network_shared')
  })
  test('names the ceiling that the administrator has set', () => {
    const wall = wallsOf(well).find(({ name }) => name === 'network')
    expect(wall?.facts[0]?.values).toEqual({ setting: 'VITRINE_CEILING_NETWORK=none' })
    const open = wallsOf({ ...well, networkCeiling: 'all' }).find(({ name }) => name === 'network')
    expect(open?.facts.map(({ code }) => code)).toEqual(['instances_cut_off'])
  })
})

describe('the network of builds', () => {
  const builds = (policy: WallReadings['builds']['policy'], network: 'separate' | 'shared' = 'separate') =>
    seen('build_network', {
      ...well,
      sandbox: { ...well.sandbox, network },
      builds: { policy, hosts: ['pypi.org:443'] },
    })

  test.each([
    ['registries', 'separate', 'stands'],
    ['none', 'separate', 'stands'],
    ['all', 'separate', 'missing builds_on_network'],
    ['all', 'shared', 'missing network_shared builds_on_network'],
    ['registries', 'shared', 'in_part network_shared builds_refused'],
  ] as const)('is, with %s where sandboxes are %s: %s', (policy, network, words) => {
    expect(builds(policy, network)).toBe(words)
  })
  test('names all that builds reach', () => {
    const wall = wallsOf(well).find(({ name }) => name === 'build_network')
    const hosts = 'pypi.org:443, registry.npmjs.org:443'
    expect(wall?.facts).toEqual([{ code: 'build_hosts', values: { hosts } }])
  })
})
