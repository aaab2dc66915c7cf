import type { ResultData } from '@vitrine/contract/results'
import { encode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { assetUrl } from '../../viewers/media-source.ts'
import depth from './kind.ts'
import { compareDepth } from './compare-depth.ts'
import { depthColour } from './colours.ts'
import { nearness, valueAt, valueUnder } from './depth-map.ts'
import { depthFacts, shareNearer } from './facts.ts'
import { DepthUnreadable, readDepth } from './read-depth.ts'

type Data = ResultData<'depth'>
const read = (data: Data) => readDepth(data, assetUrl)
const metres = (map: (number | null)[][], rest: Partial<Data> = {}) => read({ map, unit: 'm', ...rest })
const pngOf = (data: Uint16Array | Uint8Array, width: number, channels = 1): string =>
  Buffer.from(
    encode({
      width,
      height: data.length / width / channels,
      data,
      channels,
      depth: data instanceof Uint16Array ? 16 : 8,
    }),
  ).toString('base64')
const reasonOf = async (data: Data): Promise<string> => {
  const error: unknown = await read(data).catch((thrown: unknown) => thrown)
  return error instanceof DepthUnreadable ? error.reason : String(error)
}

describe('a depth map', () => {
  test('from rows has its values, and none where there is null', async () => {
    const map = await metres([
      [1, null],
      [3, 4],
    ])
    expect([map.width, map.height, [...map.values]]).toEqual([2, 2, [1, Number.NaN, 3, 4]])
    expect(map.range).toEqual({ min: 1, max: 4 })
  })

  test('from a PNG keeps all sixteen bits, uses the scale, and has no value at 0', async () => {
    const map = await read({
      map: pngOf(new Uint16Array([0, 1500, 1501, 65535]), 2),
      scale: 0.001,
      unit: 'm',
    })
    expect([map.width, map.height]).toEqual([2, 2])
    expect([...map.values].map((value) => Math.round(value * 1000) / 1000)).toEqual([
      Number.NaN,
      1.5,
      1.501,
      65.535,
    ])
  })

  test('is refused with a reason: an address of another server or of a script, not a PNG, a PNG in colours or too large', async () => {
    expect(await reasonOf({ map: 'https://example.org/depth.png' })).toBe('address')
    expect(await reasonOf({ map: { url: 'javascript:alert(1)', mime: 'image/png' } })).toBe('address')
    expect(await reasonOf({ map: 'iVBORw0KGgo=' })).toBe('form')
    expect(await reasonOf({ map: pngOf(new Uint8Array(12), 2, 3) })).toBe('form')
    const huge = Buffer.from(pngOf(new Uint8Array(4), 2), 'base64')
    huge.writeUInt32BE(60_000, 16)
    huge.writeUInt32BE(60_000, 20)
    expect(await reasonOf({ map: huge.toString('base64') })).toBe('form')
  })

  test('is bright where it is near, in whichever direction its values go', async () => {
    const far = await metres([[1, 5]])
    expect([nearness(far, 1), nearness(far, 5), valueAt(far, 1)]).toEqual([1, 0, 1])
    const inverse = await read({ map: [[1, 5]], inverse: true })
    expect([nearness(inverse, 1), nearness(inverse, 5), valueAt(inverse, 1)]).toEqual([0, 1, 5])
    const brightness = (near: number) => depthColour(near).reduce((sum, part) => sum + part, 0)
    expect(brightness(1)).toBeGreaterThan(brightness(0.5))
    expect(brightness(0.5)).toBeGreaterThan(brightness(0))
  })

  test('takes the range of its colours from the data, or as stated', async () => {
    const map = await metres([[1, 5]], { max: 9 })
    expect(map.range).toEqual({ min: 1, max: 9 })
    expect(nearness(map, 5)).toBe(0.5)
  })

  test('has a value at each place, and none outside its edges', async () => {
    const map = await metres([
      [1, 2],
      [3, null],
    ])
    expect([valueUnder(map, 0.1, 0.9), valueUnder(map, 0.9, 0.1)]).toEqual([3, 2])
    expect([valueUnder(map, 0.9, 0.9), valueUnder(map, 1, 0), valueUnder(map, -0.1, 0)]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('has a nearest, farthest, mean and median value', async () => {
    const map = await metres([[4, 1, null, 3, 2]])
    expect(depthFacts(map)).toEqual({ nearest: 1, farthest: 4, mean: 2.5, median: 2.5, share: 0.8 })
    expect(shareNearer(map, nearness(map, 2))).toBe(0.5)
    const none = await metres([[null]])
    expect(depthFacts(none)).toEqual({ nearest: null, farthest: null, mean: null, median: null, share: 0 })
  })
})

describe('two depth maps', () => {
  test('differ by the errors of depth benchmarks', async () => {
    const difference = compareDepth(await metres([[1, 2, 4, null]]), await metres([[1, 3, 4, 7]]))
    expect(difference).toMatchObject({
      state: 'compared',
      mae: 1 / 3,
      fitted: false,
      unit: 'm',
      delta: 2 / 3,
    })
    expect(difference).toMatchObject({ rmse: Math.sqrt(1 / 3), absRel: 0.5 / 3 })
  })

  test('of different sizes are compared on the grid of the base', async () => {
    const small = await metres([[2, 4]])
    const large = await metres([
      [2, 2, 4, 4],
      [2, 2, 4, 4],
    ])
    expect(compareDepth(small, large)).toMatchObject({ width: 2, height: 1, mae: 0 })
  })

  test('without a unit are first fitted to one scale', async () => {
    const [base, other] = await Promise.all([
      read({ map: [[1, 2, 3]], inverse: true }),
      read({ map: [[10, 30, 50]], inverse: true }),
    ])
    const difference = compareDepth(base, other)
    expect(difference).toMatchObject({ fitted: true })
    expect(difference.state === 'compared' && difference.rmse).toBeCloseTo(0)
  })

  test('in different units, or without a common place, are not compared', async () => {
    const [one, other] = [await metres([[1]]), await read({ map: [[1]], unit: 'ft' })]
    expect(compareDepth(one, other)).toEqual({ state: 'units' })
    expect(compareDepth(await metres([[1, null]]), await metres([[null, 1]]))).toEqual({ state: 'nothing' })
  })
})

test('a map that cannot be read has no lines, value or difference, and causes no error', async () => {
  const [gone, context] = [{ map: 'https://example.org/depth.png' }, { address: assetUrl }]
  expect(await depth.rows(gone, context)).toBeNull()
  expect(await depth.measure(gone, context)).toBeNull()
  expect(await depth.difference(gone, gone, context, context)).toBeNull()
})

test('the lines and the value of a map name its unit', async () => {
  const data = { map: [[1, 3]], unit: 'm' }
  const context = { address: assetUrl }
  expect((await depth.rows(data, context))?.[0]).toEqual({ label: 'nearest (m)', value: 1 })
  expect(await depth.measure(data, context)).toEqual({ unit: 'value', value: 2, suffix: 'm' })
})
