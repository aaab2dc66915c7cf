import { pathBelow, type BrokenRule, type Json, type JsonSchema, type Manifest } from '@vitrine/contract'
import { compileCheck, withDefaults, withoutMedia, type Check } from '@vitrine/contract/schema-check'
import { createContext, Script } from 'node:vm'

/** Schemas that are kept compiled, by their text: a release's never change, and equal ones are one. */
const keptSchemas = 200
/** A longer schema, in characters, is left to the algorithm's own runtime. */
const longestSchema = 256 * 1024
/** Compiling a schema, or checking one request, may take so long. A stranger wrote it: a pattern can take for ever. */
const longestMs = 1000
/** A schema that took longer so often is left to the runtime. A machine under load may be slow once. */
const mostTimeouts = 2

const place: { work: () => void } = { work: () => {} }
const inPlace = createContext(place)
const doWork = new Script('work()')

/** Its error may be of another realm, so that it is no `Error` of this one. */
const tookTooLong = (error: unknown) =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'

/** What the work comes to; null where it takes too long. What it throws is passed on. */
function inTime<T>(work: () => T): T | null {
  const found: T[] = []
  place.work = () => void found.push(work())
  try {
    doWork.runInContext(inPlace, { timeout: longestMs })
  } catch (error) {
    if (!tookTooLong(error)) throw error
  } finally {
    place.work = () => {}
  }
  return found[0] ?? null
}

/** `unchecked`: it is broken, too long or took too long, and the runtime is left to tell. */
type Known = { check: Check | 'unknown' | 'unchecked'; timeouts: number }
const known = new Map<string, Known>()

function knownOf(text: string): Known {
  const before = known.get(text)
  if (before) return before
  const [oldest] = known.keys()
  if (known.size >= keptSchemas && oldest !== undefined) known.delete(oldest)
  const entry: Known = { check: text.length > longestSchema ? 'unchecked' : 'unknown', timeouts: 0 }
  known.set(text, entry)
  return entry
}

/** What the work comes to, counted against the schema where it takes too long. */
function counted<T>(entry: Known, work: () => T): T | null {
  const found = inTime(work)
  if (found !== null) return found
  entry.timeouts += 1
  if (entry.timeouts >= mostTimeouts) entry.check = 'unchecked'
  return null
}

function compiled(entry: Known, schema: JsonSchema): Check | null {
  if (typeof entry.check === 'function') return entry.check
  if (entry.check === 'unchecked') return null
  try {
    const made = counted(entry, () => compileCheck(schema))
    if (made !== null) entry.check = made
    return made
  } catch {
    // A schema that is none: its own runtime refuses to start with it, and other servers may read it as they like.
    entry.check = 'unchecked'
    return null
  }
}

function check(
  schema: JsonSchema,
  values: readonly (readonly [path: string, value: unknown])[],
): BrokenRule[] {
  if (Object.keys(schema).length === 0) return []
  const entry = knownOf(JSON.stringify(schema))
  const rules = compiled(entry, schema)
  if (rules === null) return []
  try {
    return counted(entry, () => values.flatMap(([path, value]) => rules(value, path))) ?? []
  } catch (error) {
    // A schema that refers to itself, or a value that is nested deeper than the stack is: the runtime has to tell.
    if (error instanceof RangeError) return []
    throw error
  }
}

type Schemas = Pick<Manifest, 'input' | 'parameters'>

/** What of a run's parameters breaks the release's schema, by the same rules as in the runtimes. `at` stands before the paths. */
export const brokenParameters = (
  { parameters: schema }: Schemas,
  given: Record<string, Json>,
  at = '',
): BrokenRule[] => check(schema, [[pathBelow(at, ['parameters']), withDefaults(schema, given)]])

/** What of a run's elements breaks the release's schema. Places of media are left open: what fetches them checks them. */
export const brokenInput = ({ input: schema }: Schemas, elements: readonly Json[]): BrokenRule[] =>
  check(
    withoutMedia(schema),
    elements.map((element, index) => [`input_data[${index}]`, element] as const),
  )
