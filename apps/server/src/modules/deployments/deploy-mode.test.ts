import { expect, test } from 'vitest'
import type { ServiceMode } from '@vitrine/contract'
import { deployMode } from './deploy-mode.ts'

const all = {
  modes: new Set<ServiceMode>(['supervisor', 'local', 'docker', 'kubernetes']),
  hasRegistry: true,
}
const alone = { modes: new Set<ServiceMode>(['supervisor', 'local']), hasRegistry: false }
const python = { runtime: 'python' } as const
const image = { runtime: 'docker' } as const

test.each([
  ['keeps the runner of its service', python, undefined, 'supervisor', 'supervisor'],
  ['stays in a container', python, undefined, 'docker', 'docker'],
  ['runs as it is asked for', python, 'docker', 'local', 'docker'],
  ['leaves its container where that is asked for', python, 'local', 'docker', 'local'],
  ['runs in a container if it is nothing but an image', image, undefined, 'local', 'docker'],
  ['stays in its cluster, also if it is nothing but an image', image, undefined, 'kubernetes', 'kubernetes'],
] as const)('a package %s', (_what, manifest, asked, usual, mode) => {
  expect(deployMode(manifest, { asked, usual }, all)).toBe(mode)
})

test('a runner that the machine does not have is refused, also where the package alone needs it', () => {
  const missing = expect.objectContaining({ code: 'service.mode_unavailable' })
  expect(() => deployMode(python, { asked: 'docker', usual: 'local' }, alone)).toThrow(missing)
  expect(() => deployMode(image, { asked: undefined, usual: 'local' }, alone)).toThrow(missing)
})

test('a package that is nothing but an image is not run without a container', () => {
  expect(() => deployMode(image, { asked: 'local', usual: 'docker' }, all)).toThrow(
    expect.objectContaining({ code: 'deploy.container_needed' }),
  )
})

test('a cluster needs a registry, and has no model files of the platform', () => {
  const wish = { asked: 'kubernetes', usual: 'local' } as const
  expect(() => deployMode(python, wish, { ...all, hasRegistry: false })).toThrow(
    expect.objectContaining({ code: 'deploy.registry_needed' }),
  )
  const models = [{ path: 'weights.bin', sha256: 'a'.repeat(64), source: 'file' }]
  expect(() => deployMode({ ...python, models }, wish, all)).toThrow(
    expect.objectContaining({ code: 'deploy.cluster_without_models' }),
  )
  expect(deployMode({ ...python, models: [] }, wish, all)).toBe('kubernetes')
})
