import { systemClock } from '../../lib/clock.ts'
import { createSchemaChecker, type SchemaChecker } from './schema-checker.ts'

let checker: SchemaChecker | null = null

/** The checker of the tests of this process, which share its threads. A check may take a minute, because the machine is busy. */
export function schemasHere(): SchemaChecker {
  checker ??= createSchemaChecker(systemClock, 60_000)
  return checker
}
