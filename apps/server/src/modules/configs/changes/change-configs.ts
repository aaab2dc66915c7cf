import { variableOfKey, type Json } from '@vitrine/contract'
import { storedForm } from '../../config-files/config-value-schema.ts'
import { tryOnCanary } from './try-on-canary.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { configNotHere } from '../configs.errors.ts'
import type { NewValue } from '../configs.repository.ts'
import {
  isOption,
  newValue,
  nothingChanged,
  placeChanges,
  type Changed,
  type ChangeRequest,
  type Placed,
  type ReplacingTask,
} from './place-changes.ts'
import { isServiceOptionKey, serviceOptionKeys } from '../service-option-keys.ts'
import { withOptions, type OptionChange } from './with-options.ts'

function optionChangeOf({ change: { key, value, unset }, found: { service } }: Placed): OptionChange {
  const option = isServiceOptionKey(key) ? serviceOptionKeys[key] : null
  if (!option?.changeTo || !service) throw configNotHere({ key, type: 'service', types: [] })
  const after = unset === true ? null : storedForm(key, value ?? null)
  return { option, service, before: option.valueOf(service), after }
}

/** Replaces the instances of the services whose variables changed. Resolves with the tasks of the services that run. */
async function replaceInstances(
  deps: ChangeConfigsDeps,
  { actor }: ChangeRequest,
  { placed, revision }: { placed: readonly Placed[]; revision: number },
): Promise<ReplacingTask[]> {
  const variables = placed.filter(({ change }) => variableOfKey(change.key) !== null)
  const ids = new Set(variables.flatMap(({ found }) => found.service?.id ?? []))
  const tasks: ReplacingTask[] = []
  for (const id of ids) {
    const task = await deps.replaceInstances({ actor, id, revision })
    if (task) tasks.push({ service_id: id, task_id: task.id })
  }
  return tasks
}

/** The oldest revision among those of the services and of their instances. */
async function heldRevision(
  { instanceRows }: Pick<ChangeConfigsDeps, 'instanceRows'>,
  placed: readonly Placed[],
): Promise<number> {
  const services = new Map(
    placed.flatMap(({ found: { service } }) => (service ? [[service.id, service]] : [])),
  )
  const instances = await Promise.all([...services.keys()].map((id) => instanceRows.list(id)))
  const held = [...services.values(), ...instances.flat()].map(({ configRevision }) => configRevision)
  return Math.min(...held, Number.MAX_SAFE_INTEGER)
}

/** The values that changes would store, checked as {@link changeConfigs} does. Options of services are not among them. */
export async function checkedValues(deps: ChangeConfigsDeps, request: ChangeRequest): Promise<NewValue[]> {
  const placed = await placeChanges(deps, request)
  const values = placed.filter((one) => !isOption(one)).map(newValue)
  await deps.configs.requireUnchanged(values)
  return values
}

/** Checks changes as {@link changeConfigs} does, and changes nothing. */
export async function checkConfigs(deps: ChangeConfigsDeps, request: ChangeRequest): Promise<Changed> {
  await checkedValues(deps, request)
  return nothingChanged
}

/**
 * Changes all of the values, or none of them if there is a problem. Throws `request.invalid` with every invalid value,
 * `config.unknown_key`, `config.not_here`, `config.administrators_only`, `config.changed`, `config.full`, and what
 * {@link findScope} throws. A change of an option of a service may throw its own errors, such as `port.taken`. A change
 * that is tried first throws what {@link tryOnCanary} throws.
 */
export async function changeConfigs(deps: ChangeConfigsDeps, request: ChangeRequest): Promise<Changed> {
  const { actor } = request
  const placed = await placeChanges(deps, request)
  if (request.canary === true) return tryOnCanary(deps, request, placed)
  const options = placed.filter(isOption)
  const others = placed.filter((one) => !isOption(one))
  const values = others.map(newValue)
  const author = { id: actor.id, name: actor.name }
  const seal = (value: Json) => deps.sealer.seal(JSON.stringify(value))
  // This comes first, so that a port is not changed and changed back only because somebody else has changed a value.
  if (options.length > 0) await deps.configs.requireUnchanged(values)
  const held = await heldRevision(deps, placed)
  const { reason, published } = request
  const revised = { author, reason, values, seal, held, ...(published && { published }) }
  const write = () => deps.configs.write({ ...revised, now: deps.clock() })
  const revision = await withOptions(deps, request, {
    wanted: options.map(optionChangeOf),
    rest: async () => (values.length === 0 ? null : write()),
  })
  if (revision !== null) await deps.current.reload()
  const tasks =
    revision !== null && request.apply
      ? await replaceInstances(deps, request, { placed: others, revision })
      : []
  const isStored = revision !== null || options.length > 0
  return isStored ? { kind: 'stored', revision, tasks } : { kind: 'same', tasks }
}
