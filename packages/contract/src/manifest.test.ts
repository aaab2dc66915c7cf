import { expect, test } from 'vitest'
import { manifestSource } from './manifest.ts'

const accepts = (gpus: unknown) => manifestSource.safeParse({ resources: { gpus } }).success

test('a package asks for whole graphics processors, up to 64', () => {
  expect([0, 1, 64].filter(accepts)).toEqual([0, 1, 64])
  expect([-1, 65, 0.5, '1', null, true].filter(accepts)).toEqual([])
  expect(manifestSource.parse({ resources: { gpus: 1 } }).resources).toEqual({ gpus: 1 })
})
