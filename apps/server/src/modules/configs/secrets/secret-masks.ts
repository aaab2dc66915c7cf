import { keyOfVariable, variableOfKey, type Json } from '@vitrine/contract'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import { variablesOfEnvironment } from '../effective/environment.ts'
import { serviceScope, systemScope } from '../scopes/config-scope.ts'
import type { FixedLayers } from '../effective/current-config.ts'
import { maskOf, type Mask } from './mask-of.ts'
import type { PastSecrets, SealedValue } from './past-secrets.repository.ts'
import { openedValue } from '../effective/service-variables.ts'

/** Hides the secrets of services in what their programs print. */
export type SecretMasks = { of: (serviceId: string) => Promise<Mask> }

/**
 * The names of variables of the environment and of `config.yaml` that are treated as secrets. The platform knows only
 * the names.
 */
const secretName = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL/i

/**
 * Makes the masks. They hide present and earlier secrets of a service, and of all services. A secret that cannot be
 * opened any more is left out.
 */
export function createSecretMasks({
  past,
  env,
  file,
  sealer,
}: FixedLayers & {
  past: PastSecrets
  sealer: TextSealer
}): SecretMasks {
  const known = new Map<string, { version: string; mask: Mask }>()
  /** Opens values one by one, because perhaps not all are needed. */
  function* opened(sealed: readonly SealedValue[]): Generator<Json> {
    for (const { key, value } of sealed)
      try {
        yield openedValue(sealer, { key, value, secret: true })
      } catch {
        // No key opens this value, so it is not known what to hide.
      }
  }
  return {
    async of(serviceId) {
      const version = await past.version(serviceId)
      const before = known.get(serviceId)
      if (before?.version === version) return before.mask
      const stored = await past.ever([systemScope, serviceScope(serviceId)], keyOfVariable(''))
      const given = [...variablesOfEnvironment(env, serviceId), ...file].flatMap(([key, value]) =>
        secretName.test(variableOfKey(key) ?? '') ? [value] : [],
      )
      const mask = maskOf(given, opened(stored.now), opened(stored.before))
      known.set(serviceId, { version, mask })
      return mask
    },
  }
}
