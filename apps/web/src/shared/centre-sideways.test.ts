// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { centreSideways } from './centre-sideways.ts'

const boxAt = (left: number, width: number): HTMLElement => {
  const element = document.createElement('div')
  element.getBoundingClientRect = () => new DOMRect(left, 0, width, 40)
  return element
}

test('an element that is out of sight comes into the middle of its row, on either side', () => {
  const row = boxAt(16, 390)
  centreSideways(row, boxAt(936, 229))
  expect(row.scrollLeft).toBe(936 + 229 / 2 - (16 + 390 / 2))
  const before = row.scrollLeft
  centreSideways(row, boxAt(-200, 100))
  expect(row.scrollLeft).toBe(before - 150 - 211)
})
