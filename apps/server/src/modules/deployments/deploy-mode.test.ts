import { expect, test } from 'vitest'
import type { ServiceMode } from '@vitrine/contract'
import { deployMode } from './deploy-mode.ts'

const all = new Set<ServiceMode>(['supervisor', 'local', 'docker'])
const alone = new Set<ServiceMode>(['supervisor', 'local'])
const python = { runtime: 'python' } as const
const image = { runtime: 'docker' } as const

test.each([
  ['keeps the runner of its service', python, undefined, 'supervisor', 'supervisor'],
  ['stays in a container', python, undefined, 'docker', 'docker'],
  ['runs as it is asked for', python, 'docker', 'local', 'docker'],
  ['leaves its container where that is asked for', python, 'local', 'docker', 'local'],
  ['runs in a container if it is nothing but an image', image, undefined, 'local', 'docker'],
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
