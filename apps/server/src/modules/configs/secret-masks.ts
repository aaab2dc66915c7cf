import { keyOfVariable, type Json } from '@vitrine/contract'
import type { TextSealer } from '../../lib/sealed-text.ts'
import { variablesOfEnvironment, type Environment } from './config-environment.ts'
import { serviceScope, systemScope } from './config-scope.ts'
import type { ConfigsRepository } from './configs.repository.ts'
import type { PastSecrets } from './past-secrets.repository.ts'
import { openedValue } from './service-variables.ts'

/** Replaces the values of secrets in a text. */
export type Mask = (text: string) => string
/** What hides the secrets of services in what their programs print. */
export type SecretMasks = { of: (serviceId: string) => Promise<Mask> }

/** What stands in place of a secret. */
const maskedValue = '••••'
/** Shorter values stand in ordinary words, and hiding them would hide those. */
const shortest = 4
/** Variables of the environment of which the name says that they are secrets: the platform knows no more of them. */
const secretName = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL/i

/** The forms in which programs print a value: as it is, line by line, within JSON and within an address. */
function formsOf(value: Json): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const lines = [text, ...text.split(/\r?\n/).map((line) => line.trim())]
  return lines.flatMap((line) => [line, JSON.stringify(line).slice(1, -1), encodeURIComponent(line)])
}

/** Returns what hides these values. The longest goes first, because it may contain another. Pure. */
export function maskOf(values: readonly Json[]): Mask {
  const forms = [...new Set(values.flatMap(formsOf))]
    .filter((form) => form.length >= shortest)
    .toSorted((a, b) => b.length - a.length)
  return (text) => forms.reduce((left, form) => left.replaceAll(form, maskedValue), text)
}

/**
 * Hides what is or has been a secret of a service, or of all services, in what its programs print. A secret that cannot be opened
 * any more is left out.
 */
export function createSecretMasks({
  configs,
  past,
  env,
  sealer,
}: {
  configs: Pick<ConfigsRepository, 'newest'>
  past: PastSecrets
  env: Environment
  sealer: TextSealer
}): SecretMasks {
  const known = new Map<string, { revision: number; mask: Mask }>()
  const opened = ({ key, value }: { key: string; value: Json }): Json[] => {
    try {
      return [openedValue(sealer, { key, value, secret: true })]
    } catch {
      return []
    }
  }
  return {
    async of(serviceId) {
      const revision = await configs.newest()
      const before = known.get(serviceId)
      if (before?.revision === revision) return before.mask
      const stored =
        revision === 0 ? [] : await past.ever([systemScope, serviceScope(serviceId)], keyOfVariable(''))
      const given = [...variablesOfEnvironment(env, serviceId)].flatMap(([key, value]) =>
        secretName.test(key) ? [value] : [],
      )
      const mask = maskOf([...stored.flatMap(opened), ...given])
      known.set(serviceId, { revision, mask })
      return mask
    },
  }
}
