import { expect, test } from 'vitest'
import type { ServiceMode } from '@vitrine/contract'
import { modeOf, runsIn } from './mode-of.ts'
import { usualConfig } from './releases.test-world.ts'

const published = 'registry.example/team/demo@sha256:0'
const image = { id: `sha256:${'a'.repeat(64)}`, command: ['/app/start.sh'], folder: '/app', isOwn: false }
const deployedWith = (mode: ServiceMode) => ({
  image: mode === 'docker' ? image : mode === 'kubernetes' ? { ...image, published } : null,
  config: { ...usualConfig, mode },
})

test.each([
  ['docker', 'local', 'docker'],
  ['docker', 'docker', 'docker'],
  ['local', 'docker', 'local'],
  ['local', 'supervisor', 'supervisor'],
  ['kubernetes', 'kubernetes', 'kubernetes'],
  ['kubernetes', 'docker', 'docker'],
  ['kubernetes', 'local', 'kubernetes'],
  ['docker', 'kubernetes', 'docker'],
  ['local', 'kubernetes', 'local'],
] as const)(
  'a release that was deployed with %s, where %s is wanted, runs with %s',
  (deployed, wanted, mode) => {
    expect(modeOf(deployedWith(deployed), wanted)).toBe(mode)
  },
)

test('a release runs in containers or without them', () => {
  expect(runsIn(deployedWith('docker'), 'docker')).toBe(true)
  expect(runsIn(deployedWith('docker'), 'supervisor')).toBe(false)
  expect(runsIn(deployedWith('local'), 'supervisor')).toBe(true)
  expect(runsIn(deployedWith('local'), 'docker')).toBe(false)
  expect(runsIn(deployedWith('kubernetes'), 'docker')).toBe(true)
  // Only nodes that can pull it can run it.
  expect(runsIn(deployedWith('docker'), 'kubernetes')).toBe(false)
})
