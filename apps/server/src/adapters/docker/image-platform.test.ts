import { expect, test } from 'vitest'
import { isSamePlatform } from './image-platform.ts'

test.each([
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/aarch64', 'Linux/ARM64/8', true],
  ['linux/amd64', 'linux/x86_64/v1', true],
  ['linux/arm', 'linux/armhf', true],
  ['linux/arm/v6', 'linux/armel', true],
  ['linux/arm/v6', 'linux/arm/v7', false],
  ['linux/amd64/v3', 'linux/amd64', false],
  ['linux/arm64', 'linux/amd64', false],
  ['linux/amd64', 'windows/amd64', false],
  ['linux', 'linux', true],
  ['linux', 'linux/amd64', false],
  [null, null, true],
  [null, 'linux/amd64', false],
])('%s and %s are the same platform: %s', (one, other, isSame) => {
  expect(isSamePlatform(one, other)).toBe(isSame)
  expect(isSamePlatform(other, one)).toBe(isSame)
})
