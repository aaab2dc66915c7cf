import { isDeepStrictEqual } from 'node:util'
import type { Json, Language } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import type { StoredService } from '../../services/services.repository.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import type { SettableOption } from '../service-option-keys.ts'

type Deps = Pick<ChangeConfigsDeps, 'changeOption' | 'onError'> & {
  services: Pick<ChangeConfigsDeps['services'], 'get'>
}

/** An option of a service with its value before and after a change. */
export type OptionChange = { option: SettableOption; service: StoredService; before: Json; after: Json }

/** Restores an option, unless somebody else has changed it since. */
async function takeBack(
  deps: Deps,
  { actor, language }: { actor: Actor; language: Language },
  { option, service, before, after }: OptionChange,
): Promise<void> {
  const now = await deps.services.get(service.id)
  const had = before !== null || option.mayBeNone
  if (!now || !had || !isDeepStrictEqual(option.valueOf(now), after)) return
  await deps.changeOption({ actor, language, id: service.id, change: option.changeTo(before) })
}

/** Restores options, the last one first. If one cannot be restored, the others still are. Resolves with the errors. */
async function takeAllBack(
  deps: Deps,
  who: { actor: Actor; language: Language },
  done: readonly OptionChange[],
): Promise<unknown[]> {
  const failures: unknown[] = []
  for (const one of done.toReversed()) await takeBack(deps, who, one).catch((error) => failures.push(error))
  return failures
}

/**
 * Changes options of services, then carries out the rest of a change. If any of this fails, for example because a port
 * is taken, the options are restored. Throws the first error. Errors while options are restored go to `onError`.
 */
export async function withOptions<T>(
  deps: Deps,
  { actor, language }: { actor: Actor; language: Language },
  { wanted, rest }: { wanted: readonly OptionChange[]; rest: () => Promise<T> },
): Promise<T> {
  const done: OptionChange[] = []
  try {
    for (const one of wanted) {
      const { option, service, after } = one
      await deps.changeOption({ actor, language, id: service.id, change: option.changeTo(after) })
      done.push(one)
    }
    return await rest()
  } catch (error) {
    const failures = await takeAllBack(deps, { actor, language }, done)
    if (failures.length > 0)
      deps.onError(new AggregateError([error, ...failures], 'options could not be taken back'))
    throw error
  }
}
