import type { Json, Prediction } from '@vitrine/contract'

/** The place where an answer differs from what an example expects. */
export type Difference = { path: string; expected: string; got: string }

const defaultTolerance = 0.001
const brief = (value: Json | undefined) => {
  const text = value === undefined ? '(absent)' : JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const near = (expected: number, got: number, tolerance: number) =>
  Math.abs(expected - got) <= tolerance * Math.max(Math.abs(expected), Math.abs(got))

/**
 * Compares an expected part with an actual value. Objects may have more keys, arrays are compared from their
 * start, and numbers within a relative tolerance. Returns the first difference, or null.
 */
function compare(expected: Json, got: Json | undefined, tolerance: number, path = ''): Difference | null {
  const differs = { path: path || '(root)', expected: brief(expected), got: brief(got) }
  if (typeof expected === 'number')
    return typeof got === 'number' && near(expected, got, tolerance) ? null : differs
  if (Array.isArray(expected)) {
    if (!Array.isArray(got)) return differs
    for (const [index, part] of expected.entries()) {
      const found = compare(part, got[index], tolerance, `${path}[${index}]`)
      if (found) return found
    }
    return null
  }
  if (isObject(expected)) {
    if (!isObject(got)) return differs
    for (const [key, part] of Object.entries(expected)) {
      const found = compare(part, got[key], tolerance, path ? `${path}.${key}` : key)
      if (found) return found
    }
    return null
  }
  return expected === got ? null : differs
}

/**
 * Compares the predictions with what a golden example expects. It has one entry for each element, and each
 * entry is a part of that element's outputs.
 */
export function compareGolden(
  expect: readonly Json[],
  predictions: readonly Prediction[],
  tolerance = defaultTolerance,
): Difference | null {
  for (const [index, part] of expect.entries()) {
    const prediction = predictions.find((entry) => entry.index === index)
    if (prediction?.status !== 'succeeded')
      return {
        path: `[${index}]`,
        expected: brief(part),
        got: prediction?.error?.message ?? '(no prediction)',
      }
    const outputs: Json = JSON.parse(JSON.stringify(prediction.outputs))
    // A single output may be given without the list around it.
    const wanted = Array.isArray(part) ? part : [part]
    const found = compare(wanted, outputs, tolerance, `[${index}].outputs`)
    if (found) return found
  }
  return null
}
