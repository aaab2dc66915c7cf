import { pathBelow, type BrokenRule, type Json, type JsonSchema, type Manifest } from '@vitrine/contract'
import { withDefaults, withoutMedia } from '@vitrine/contract/schema-check'
import type { SchemaChecker } from '../../adapters/schema-checker/schema-checker.ts'
import { schemaTooSlow } from './runs.errors.ts'

type Schemas = Pick<Manifest, 'input' | 'parameters'>
type Values = readonly (readonly [path: string, value: unknown])[]

async function brokenBy(
  checker: SchemaChecker,
  of: { field: keyof Schemas; schema: JsonSchema },
  values: Values,
): Promise<BrokenRule[]> {
  const result = await checker.check(of.schema, values)
  if ('tooSlow' in result) throw schemaTooSlow({ field: of.field })
  return result.broken
}

/**
 * The rules of the release's schema that a run's parameters break, as the runtimes check them. `at` is put
 * before the paths. Throws `run.schema_too_slow`.
 */
export const brokenParameters = (
  checker: SchemaChecker,
  { parameters: schema }: Schemas,
  given: Record<string, Json>,
  at = '',
): Promise<BrokenRule[]> =>
  brokenBy(checker, { field: 'parameters', schema }, [
    [pathBelow(at, ['parameters']), withDefaults(schema, given)],
  ])

/**
 * The rules of the release's schema that a run's elements break. Media are not checked here, but when they
 * are fetched. Throws `run.schema_too_slow`.
 */
export const brokenInput = (
  checker: SchemaChecker,
  { input: schema }: Schemas,
  elements: readonly Json[],
): Promise<BrokenRule[]> =>
  brokenBy(
    checker,
    { field: 'input', schema: withoutMedia(schema) },
    elements.map((element, index) => [`input_data[${index}]`, element] as const),
  )
