import { expect, test } from 'vitest'
import { platformNumberIn } from './user-namespace.ts'

test('in a namespace of the platform, 0 is one number of the machine', () => {
  expect(platformNumberIn('         0 1900000999          1\n1900000000 1900000000        999\n')).toBe(
    1_900_000_999,
  )
})

test('elsewhere it is root, of the machine or of a container', () => {
  expect(platformNumberIn('         0          0 4294967295\n')).toBeNull()
  expect(platformNumberIn('         0     100000      65536\n')).toBeNull()
  expect(platformNumberIn('')).toBeNull()
})
