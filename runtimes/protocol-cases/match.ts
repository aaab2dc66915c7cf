import type { Json } from '@vitrine/contract'

/** Values that a case saves in one step for later ones. */
export type Saved = Map<string, string>

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Splits an object with a single key that starts with `$` into its name and argument. */
function patternOf(expected: Json): { name: string; argument: Json } | null {
  if (!isRecord(expected)) return null
  const [name, ...others] = Object.keys(expected)
  if (name === undefined || others.length > 0 || !name.startsWith('$')) return null
  return { name, argument: expected[name] ?? null }
}

function matchPattern(name: string, argument: Json, actual: unknown, saved: Saved): boolean {
  switch (name) {
    case '$any':
      return actual !== undefined
    case '$absent':
      return actual === undefined
    case '$matches':
      return (
        typeof actual === 'string' && typeof argument === 'string' && new RegExp(argument, 's').test(actual)
      )
    case '$length':
      return (typeof actual === 'string' || Array.isArray(actual)) && actual.length === argument
    case '$between': {
      const [low, high] = Array.isArray(argument) ? argument : []
      return typeof actual === 'number' && actual >= Number(low) && actual <= Number(high)
    }
    case '$save':
      if (typeof actual !== 'string' || typeof argument !== 'string') return false
      saved.set(argument, actual)
      return true
    case '$saved':
      return typeof argument === 'string' && saved.get(argument) === actual
    default:
      throw new Error(`no such pattern: ${name}`)
  }
}

/** Returns a sentence for every place where `actual` differs from the expected value; empty if it matches. */
export function mismatches(expected: Json, actual: unknown, saved: Saved, path = 'body'): string[] {
  const pattern = patternOf(expected)
  if (pattern) {
    return matchPattern(pattern.name, pattern.argument, actual, saved)
      ? []
      : [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`]
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, at) => mismatches(item, actual[at], saved, `${path}[${at}]`))
  }
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([key, item]) =>
      mismatches(item, actual[key], saved, `${path}.${key}`),
    )
  }
  return Object.is(expected, actual)
    ? []
    : [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`]
}
