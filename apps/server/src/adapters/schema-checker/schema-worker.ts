import { compileCheck, type Check } from '@vitrine/contract/schema-check'
import type { BrokenRule, JsonSchema } from '@vitrine/contract'
import { answerInThread } from '../threads/answer-in-thread.ts'

/**
 * Values to check with one schema, as JSON text. Each value has the path that is put before the paths of its fields.
 */
export type CheckRequest = {
  schema: string
  values: readonly (readonly [path: string, value: unknown])[]
}

/** Schemas that are kept compiled, by their text: a release's never change, and equal ones are one. */
const keptSchemas = 200
const kept = new Map<string, Check>()

function checkOf(text: string): Check {
  const known = kept.get(text)
  if (known) return known
  const schema: JsonSchema = JSON.parse(text)
  const made = compileCheck(schema)
  const [oldest] = kept.keys()
  if (kept.size >= keptSchemas && oldest !== undefined) kept.delete(oldest)
  kept.set(text, made)
  return made
}

function brokenBy({ schema, values }: CheckRequest): BrokenRule[] {
  try {
    const check = checkOf(schema)
    return values.flatMap(([path, value]) => check(value, path))
  } catch {
    // The schema is invalid or refers to itself without end. The algorithm's own runtime refuses to start with it; other servers may
    // interpret it in their own way.
    return []
  }
}

answerInThread(brokenBy)
