import { keyOfVariable, variableOfKey, type Json } from '@vitrine/contract'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import { variablesOfEnvironment } from '../effective/environment.ts'
import { serviceScope, systemScope } from '../scopes/config-scope.ts'
import type { FixedLayers } from '../effective/current-config.ts'
import { maskOf, type Mask } from './mask-of.ts'
import type { PastSecrets, SealedValue } from './past-secrets.repository.ts'
import { openedValue } from '../effective/service-variables.ts'

/** What hides the secrets of services in what their programs print. */
export type SecretMasks = { of: (serviceId: string) => Promise<Mask> }

/** Variables of the environment and of `config.yaml` of which the name says that they are secrets: the platform knows no more of them. */
const secretName = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL/i

/**
 * Hides what is or has been a secret of a service, or of all services, in what its programs print. A secret that cannot be opened
 * any more is left out.
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
  /** Opens one value after the other, because not all may be needed. */
  function* opened(sealed: readonly SealedValue[]): Generator<Json> {
    for (const { key, value } of sealed)
      try {
        yield openedValue(sealer, { key, value, secret: true })
      } catch {
        // No key opens it.
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
