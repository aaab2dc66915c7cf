/**
 * A number compared with the base's. `share` is the difference relative to the base (0.1 = 10 % more). Null
 * if the base is 0.
 */
export type NumberChange = { value: number; base: number; delta: number; share: number | null }

/** Compares two numbers. */
export const compareNumbers = (base: number, value: number): NumberChange => {
  const delta = value - base
  return { value, base, delta, share: base === 0 ? null : delta / Math.abs(base) }
}
