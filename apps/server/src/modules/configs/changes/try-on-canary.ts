import {
  goldenExamplesOf,
  variableOfKey,
  type BrokenRule,
  type CanaryChances,
  type Json,
} from '@vitrine/contract'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import type { StoredService } from '../../services/services.repository.ts'
import { differs, type NewValue } from '../changes.repository.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { configCanaryNothing, configCanaryNotRunning } from '../configs.errors.ts'
import {
  isOption,
  newValue,
  nothingChanged,
  type Changed,
  type ChangeRequest,
  type Placed,
} from './place-changes.ts'

/**
 * Whether a change of the variables of a service can be tried on one instance first, and which golden examples the
 * instance must pass. `release` is the one that serves. Pure.
 */
export const canaryChances = (
  release: StoredRelease | null,
  service: Pick<StoredService, 'desired' | 'asleep'>,
): CanaryChances => ({
  possible: release !== null && service.desired === 'running' && !service.asleep,
  golden_examples: release ? goldenExamplesOf(release.manifest).length : 0,
})

/** Throws `request.invalid` for a request that a canary cannot carry out. */
function requireTryable({ apply }: ChangeRequest, placed: readonly Placed[]): void {
  const issues = placed
    .filter(isOption)
    .map(({ place }): BrokenRule => ({ path: place, rule: 'field.service_option', values: {} }))
  if (!apply) issues.push({ path: 'canary', rule: 'field.not_with', values: { other: 'apply: false' } })
  if (issues.length > 0) throw refusalOf(issues)
}

/** The one service whose values change. Throws `config.canary_nothing`. */
function serviceOf(placed: readonly Placed[]): StoredService {
  const [service = null] = placed.map(({ found }) => found.service)
  if (!service || placed.some(({ found }) => found.service?.id !== service.id)) throw configCanaryNothing({})
  return service
}

/**
 * The value that a change would store. If the author does not say which revision they have read, the change is based on
 * the current value.
 */
const triedValue = (one: Placed): NewValue => {
  const value = newValue(one)
  return { ...value, base: value.base ?? one.row?.revision ?? 0 }
}

/**
 * Begins to try a change. No value changes before the canary has passed. Throws `config.canary_nothing` unless only
 * variables of one service change, `config.canary_not_running`, `config.canary_runs`, `config.changed`, and
 * `config.full`.
 */
export async function tryOnCanary(
  deps: ChangeConfigsDeps,
  request: ChangeRequest,
  placed: readonly Placed[],
): Promise<Changed> {
  const { actor, reason, published = [] } = request
  const service = serviceOf(placed)
  requireTryable(request, placed)
  const met = placed.map((one) => ({ next: triedValue(one), row: one.row }))
  await deps.configs.requireUnchanged(met.map(({ next }) => next))
  const values = met.filter(differs).map(({ next }) => next)
  const seal = (value: Json) => deps.sealer.seal(JSON.stringify(value))
  if (values.length === 0) {
    // There is nothing to try, and a draft ends as without a canary.
    if (published.length > 0)
      await deps.configs.write({
        author: { id: actor.id, name: actor.name },
        reason,
        now: deps.clock(),
        values: met.map(({ next }) => next),
        published,
        seal,
      })
    return nothingChanged
  }
  if (values.every(({ key }) => variableOfKey(key) === null)) throw configCanaryNothing({})
  const { possible, golden_examples: goldenExamples } = canaryChances(
    await deps.releases.serving(service),
    service,
  )
  if (!possible) throw configCanaryNotRunning({ service_id: service.id })
  const { id: serviceId } = service
  const task = await deps.beginCanary({ actor, serviceId, reason, values, published, seal })
  return { kind: 'tried', goldenExamples, tasks: [{ service_id: serviceId, task_id: task.id }] }
}
