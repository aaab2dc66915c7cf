import type { DepthMap } from './depth-map.ts'

/**
 * How a depth map differs from the base's, pixel by pixel on the base's grid. The errors are those of depth
 * benchmarks: `mae` and `rmse` in the unit, `absRel` the mean of |other − base| ÷ |base|, and `delta` the
 * share of pixels whose ratio to the base's is below 1.25.
 */
export type DepthDifference =
  | { state: 'units' }
  | { state: 'nothing' }
  | {
      state: 'compared'
      width: number
      height: number
      /** Other − base. NaN if one of them has no value. */
      values: Float32Array
      unit: string | null
      /** Neither has a unit, so the other was first fitted to the base by scale and shift (least squares). */
      fitted: boolean
      /** Greater values are nearer. */
      inverse: boolean
      /** The greatest difference that has its own colour. 98 % of all differences are below it. */
      most: number
      mae: number
      rmse: number
      absRel: number
      delta: number
    }

/** Compares two depth maps. The other is scaled to the base's size (nearest pixel). */
export const compareDepth = (base: DepthMap, other: DepthMap): DepthDifference => {
  if (base.unit !== other.unit || base.inverse !== other.inverse) return { state: 'units' }
  const pairs = pairedValues(base, other)
  if (pairs.length === 0) return { state: 'nothing' }
  const fitted = base.unit === null
  const fit = fitted ? fitOf(pairs) : { scale: 1, shift: 0 }
  const values = new Float32Array(base.values.length).fill(Number.NaN)
  let [absolute, squared, relative, close] = [0, 0, 0, 0]
  for (const { at, before, after } of pairs) {
    const value = after * fit.scale + fit.shift
    const difference = value - before
    values[at] = difference
    absolute += Math.abs(difference)
    squared += difference ** 2
    relative += before === 0 ? 0 : Math.abs(difference / before)
    if (before > 0 && value > 0 && Math.max(value / before, before / value) < 1.25) close += 1
  }
  const count = pairs.length
  return {
    state: 'compared',
    width: base.width,
    height: base.height,
    values,
    unit: base.unit,
    fitted,
    inverse: base.inverse,
    most: quantile(values, 0.98),
    mae: absolute / count,
    rmse: Math.sqrt(squared / count),
    absRel: relative / count,
    delta: close / count,
  }
}

type Pair = { at: number; before: number; after: number }

const pairedValues = (base: DepthMap, other: DepthMap): Pair[] => {
  const pairs: Pair[] = []
  base.values.forEach((before, at) => {
    const x = Math.floor((((at % base.width) + 0.5) / base.width) * other.width)
    const y = Math.floor(((Math.floor(at / base.width) + 0.5) / base.height) * other.height)
    const after = other.values[y * other.width + x] ?? Number.NaN
    if (!Number.isNaN(before) && !Number.isNaN(after)) pairs.push({ at, before, after })
  })
  return pairs
}

/**
 * The scale and shift that fit the other best to the base, as in the evaluation of relative depth (Ranftl et
 * al., 2020).
 */
const fitOf = (pairs: readonly Pair[]): { scale: number; shift: number } => {
  const mean = (of: (pair: Pair) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length
  const [before, after] = [mean((pair) => pair.before), mean((pair) => pair.after)]
  const spread = mean((pair) => (pair.after - after) ** 2)
  const scale = spread === 0 ? 1 : mean((pair) => (pair.after - after) * (pair.before - before)) / spread
  return { scale, shift: before - scale * after }
}

const quantile = (values: Float32Array, share: number): number => {
  const sorted = values
    .filter((value) => !Number.isNaN(value))
    .map(Math.abs)
    .sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
