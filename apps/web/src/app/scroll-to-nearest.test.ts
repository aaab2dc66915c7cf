// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { scrollToNearest } from './scroll-to-nearest.ts'

const boxAt = (top: number, height: number): HTMLElement => {
  const element = document.createElement('div')
  element.getBoundingClientRect = () => new DOMRect(0, top, 200, height)
  return element
}

test.each([
  ['below the visible part comes to its end', 700, 30, 100 + 30],
  ['above it comes to its beginning', 150, 30, 100 - 50],
  ['within it stays where it is', 400, 30, 100],
])('an element %s, and Tab begins where it did', (_, top, height, scrolled) => {
  const box = boxAt(200, 500)
  box.scrollTop = 100
  const element = boxAt(top, height)
  // A browser lets the next Tab begin after an element that this has shown.
  const moved = vi.spyOn(element, 'scrollIntoView')
  scrollToNearest(box, element)
  expect(box.scrollTop).toBe(scrolled)
  expect(moved).not.toHaveBeenCalled()
})
