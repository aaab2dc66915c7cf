import { isDeepStrictEqual } from 'node:util'
import type { Json, Language } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import { takeBack } from '../../../lib/take-back.ts'
import type { StoredService } from '../../services/services.repository.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import type { SettableOption } from '../service-option-keys.ts'

type Deps = Pick<ChangeConfigsDeps, 'changeOption' | 'onError'> & {
  services: Pick<ChangeConfigsDeps['services'], 'get'>
}

/** An option of a service with its value before and after a change. */
export type OptionChange = { option: SettableOption; service: StoredService; before: Json; after: Json }

/** Restores an option, unless somebody else has changed it since. */
async function restore(
  deps: Deps,
  { actor, language }: { actor: Actor; language: Language },
  { option, service, before, after }: OptionChange,
): Promise<void> {
  const now = await deps.services.get(service.id)
  const had = before !== null || option.mayBeNone
  if (!now || !had || !isDeepStrictEqual(option.valueOf(now), after)) return
  await deps.changeOption({ actor, language, id: service.id, change: option.changeTo(before) })
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
    const steps = done.map((one) => () => restore(deps, { actor, language }, one))
    await takeBack(steps, { error, left: 'options could not be taken back', onError: deps.onError })
    throw error
  }
}
