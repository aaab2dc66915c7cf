import { expect, test } from 'vitest'
import { readQuantity } from './quantity.ts'

test.each([
  ['0', 0],
  ['2', 2],
  ['250m', 0.25],
  ['1500000n', 0.0015],
  ['64Ki', 65_536],
  ['128Mi', 134_217_728],
  ['1.5Gi', 1_610_612_736],
  ['129M', 129_000_000],
  ['12e3', 12_000],
  ['', null],
  ['many', null],
  ['3 Mi', null],
])('the quantity %s is %s', (text, value) => {
  const read = readQuantity(text)
  if (value === null) expect(read).toBeNull()
  else expect(read).toBeCloseTo(value, 9)
})
