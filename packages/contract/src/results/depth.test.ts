import { expect, test } from 'vitest'
import { depth } from './depth.ts'

test('a cover gets a small map with the same proportions and other fields', () => {
  const columns = Array.from({ length: 640 }, (_, x) => x / 7)
  const map = Array.from({ length: 480 }, (_, y) => columns.map((value) => value + y + 0.123456))
  const cover = depth.data.parse(depth.forCover({ map, unit: 'm' }))
  if (!Array.isArray(cover.map)) throw new Error('not rows')
  expect([cover.unit, cover.map.length, cover.map[0]?.length]).toEqual(['m', 30, 40])
  expect(JSON.stringify(cover).length).toBeLessThan(16 * 1024)
})

test('the address of a map, and anything that is not a map, are given to a cover unchanged', () => {
  const file = { map: { url: '/ai/a/outputs/1.png', mime: 'image/png' }, scale: 0.001 }
  expect(depth.forCover(file)).toEqual(file)
  expect(depth.forCover('none')).toBe('none')
})

test('rows must have equal lengths and contain numbers or null', () => {
  expect(depth.data.safeParse({ map: [[1, 2], [3]] }).success).toBe(false)
  expect(depth.data.safeParse({ map: [[1, 'far']] }).success).toBe(false)
  expect(depth.data.safeParse({ map: [] }).success).toBe(false)
  expect(depth.data.safeParse({ map: [[1, null]], inverse: true }).success).toBe(true)
})
