import { pathBelow, type BrokenRule, type Json, type JsonSchema, type Manifest } from '@vitrine/contract'
import { withDefaults, withoutMedia } from '@vitrine/contract/schema-check'
import type { SchemaChecker } from '../../../adapters/schema-checker/schema-checker.ts'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import { payerOf } from '../../quotas/quotas.ts'
import { schemaTooSlow } from '../runs.errors.ts'

type Schemas = Pick<Manifest, 'input' | 'parameters'>
type Values = readonly (readonly [path: string, value: unknown])[]

/** Who makes a check, and for whom: the person whose turn it takes, and the service whose schema is used. */
export type Checking = { checker: SchemaChecker; person: string; serviceId: string }

async function brokenBy(
  { checker, person, serviceId }: Checking,
  { field, schema }: { field: keyof Schemas; schema: JsonSchema },
  values: Values,
): Promise<BrokenRule[]> {
  const result = await checker.check(person, schema, values)
  if ('tooSlow' in result) throw schemaTooSlow({ service_id: serviceId, field })
  return result.broken
}

/**
 * The rules of the release's schema that a run's parameters break, as the runtimes check them. `at` is put
 * before the paths. Throws `run.schema_too_slow`.
 */
export const brokenParameters = (
  checking: Checking,
  { parameters: schema }: Schemas,
  given: Record<string, Json>,
  at = '',
): Promise<BrokenRule[]> =>
  brokenBy(checking, { field: 'parameters', schema }, [
    [pathBelow(at, ['parameters']), withDefaults(schema, given)],
  ])

/**
 * The rules of the release's schema that a run's elements break. Media are not checked here, but when they
 * are fetched. Throws `run.schema_too_slow`.
 */
export const brokenInput = (
  checking: Checking,
  { input: schema }: Schemas,
  elements: readonly Json[],
): Promise<BrokenRule[]> =>
  brokenBy(
    checking,
    { field: 'input', schema: withoutMedia(schema) },
    elements.map((element, index) => [`input_data[${index}]`, element] as const),
  )

type Payer = Pick<Actor, 'id' | 'linksOf'>

/** How the values of a run are checked. The check takes the turn of the person for whom the run counts. */
export const checkingFor = (
  { schemas: checker }: { schemas: SchemaChecker },
  { service }: { service: { id: string } },
  payer: Payer,
): Checking => ({ checker, person: payerOf(payer), serviceId: service.id })

/**
 * Throws `request.invalid` for parameters or elements that break the schemas of the release that is to run,
 * and `run.schema_too_slow` if the check takes too long.
 */
export async function requireFitting(
  deps: { schemas: SchemaChecker },
  plan: { service: { id: string }; release: { manifest: Schemas } | null },
  input: { actor: Payer; inputData: readonly Json[]; parameters: Record<string, Json> },
): Promise<void> {
  if (!plan.release) return
  const { manifest } = plan.release
  const checking = checkingFor(deps, plan, input.actor)
  const broken = [
    ...(await brokenParameters(checking, manifest, input.parameters)),
    ...(await brokenInput(checking, manifest, input.inputData)),
  ]
  if (broken.length > 0) throw refusalOf(broken)
}
