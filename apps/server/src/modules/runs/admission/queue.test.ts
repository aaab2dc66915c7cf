import { expect, test } from 'vitest'
import { manifest } from '../runs.test-manifest.ts'
import { runsAtOnce } from './queue.ts'

test('a release gets twice as many runs as its instances work on at the same time', () => {
  const release = (concurrency: number, max_size = 1) => ({
    manifest: { ...manifest, concurrency, batch: { ...manifest.batch, max_size } },
  })
  expect(runsAtOnce(release(1), 1)).toBe(2)
  expect(runsAtOnce(release(4), 3)).toBe(24)
  expect(runsAtOnce(release(1, 8), 1)).toBe(16)
})

test('a release without an instance still gets runs: they wake the service, or say why it has no instance', () => {
  expect(runsAtOnce(null, 0)).toBe(2)
})
