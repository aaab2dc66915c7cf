/** A depth map that is ready to be drawn. */
export type DepthMap = {
  width: number
  height: number
  /** The values row by row from the top. NaN if there is no value. */
  values: Float32Array
  /** The unit of the values. Null: they are relative. */
  unit: string | null
  /** Greater values are nearer. */
  inverse: boolean
  /** The values at the two ends of the colour scale. */
  range: { min: number; max: number }
}

/** The smallest and greatest value. 0 and 1 if there is none. */
export const rangeOf = (values: Float32Array): { min: number; max: number } => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return min > max ? { min: 0, max: 1 } : { min, max }
}

/** How near a value is on the colour scale: 0 is the farthest, 1 the nearest. */
export const nearness = ({ range: { min, max }, inverse }: DepthMap, value: number): number => {
  const place = max === min ? 0.5 : Math.max(0, Math.min(1, (value - min) / (max - min)))
  return inverse ? place : 1 - place
}

/** The value of a nearness between 0 and 1. */
export const valueAt = ({ range: { min, max }, inverse }: DepthMap, near: number): number =>
  min + (max - min) * (inverse ? near : 1 - near)

/** The value at a place, given as shares of width and height. Null outside the map, and where there is no value. */
export const valueUnder = (map: DepthMap, x: number, y: number): number | null => {
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return null
  const value = map.values[Math.floor(y * map.height) * map.width + Math.floor(x * map.width)]
  return value === undefined || Number.isNaN(value) ? null : value
}

/** A value as text: three digits and its unit. */
export const depthText = (value: number, unit: string | null, locale: string): string => {
  const number = value.toLocaleString(locale, { maximumSignificantDigits: 3 })
  return unit === null ? number : `${number} ${unit}`
}
