import { expect, test } from 'vitest'
import { labelColours } from './label-colours.ts'

test('up to ten labels have ten different colours', () => {
  const labels = ['人', '人脸', '手', 'cat', 'dog', 'car', 'bus', 'tree', 'bird', 'boat']
  expect(new Set(labelColours(labels).values()).size).toBe(10)
})

test('a label has the same colour, whatever the order and number of the labels', () => {
  expect([...labelColours(['b', 'a', 'b'])]).toEqual([...labelColours(['a', 'b'])])
})

test('a label alone has the same colour as next to labels that do not want that colour', () => {
  expect(labelColours(['人']).get('人')).toBe(labelColours(['人', '人脸']).get('人'))
})

test('more than ten labels still have one colour each', () => {
  const labels = Array.from({ length: 40 }, (_, index) => `label ${index}`)
  const colours = labelColours(labels)
  expect(labels.every((label) => /^#[0-9a-f]{6}$/.test(colours.get(label) ?? ''))).toBe(true)
})

test('black text is readable on every colour (WCAG AA)', () => {
  const channel = (value: number) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) =>
      channel(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const colours = labelColours(Array.from({ length: 100 }, (_, index) => String(index))).values()
  for (const colour of colours) expect((luminance(colour) + 0.05) / 0.05).toBeGreaterThan(4.5)
})
