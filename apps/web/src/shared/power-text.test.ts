import { expect, test } from 'vitest'
import { powerText } from './power-text.ts'

test.each([
  [1e-6, '10⁻⁶'],
  [1e-9, '10⁻⁹'],
  [1e-12, '10⁻¹²'],
  [0.001, '10⁻³'],
  [0.01, '0.01'],
  [2e-6, '0.000002'],
  [0, '0'],
])('%d is written as %s', (value, text) => {
  expect(powerText(value)).toBe(text)
})
