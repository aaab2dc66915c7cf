import type { CanaryChances, EffectiveConfig, Language } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { StoredService } from '../services/services.repository.ts'
import { canaryChances } from './changes/try-on-canary.ts'
import type { ConfigsDeps } from './configs.deps.ts'
import type { ConfigScope } from './scopes/config-scope.ts'
import { findScope, type NamedScope } from './scopes/find-scope.ts'
import { serviceOptionKeys } from './service-option-keys.ts'
import { effectiveConfigs, type ConfigFacts } from './effective/effective-config.ts'
import type { ProcessSetting } from './effective/process-settings.ts'
import { storedVariables } from './effective/service-variables.ts'

/** The keys of the platform, other than variables, whose values also apply to services. */
const keysForServices = Object.keys(serviceOptionKeys)

/** The facts of the platform or of a person, who have neither packages nor instances. */
async function factsWithoutService(
  { configs, env, file, madeAtStart }: ConfigsDeps,
  scope: ConfigScope,
  elsewhere: ConfigFacts['elsewhere'],
): Promise<ConfigFacts> {
  const isSystem = scope.type === 'system'
  return {
    env,
    file,
    madeAtStart: isSystem ? madeAtStart : new Map(),
    elsewhere,
    rows: await configs.mayCount(scope, keysForServices),
    service: null,
    owner: isSystem ? 'system' : 'user',
    declared: [],
    defaults: {},
    variables: new Map(),
    instances: [],
  }
}

/** The facts of a service, and its release that serves. */
async function factsOfService(
  { configs, env, file, instanceRows, releases }: ConfigsDeps,
  scope: ConfigScope,
  service: StoredService,
): Promise<{ facts: ConfigFacts; release: StoredRelease | null }> {
  const [release, rows, instances, newest] = await Promise.all([
    releases.serving(service),
    configs.mayCount(scope, keysForServices),
    instanceRows.list(service.id),
    configs.newest(),
  ])
  // The running instances have only a few different revisions.
  const revisions = [...new Set([newest, ...instances.map(({ configRevision }) => configRevision)])]
  const after = new Map(
    await Promise.all(
      revisions.map(
        async (revision) =>
          [revision, await storedVariables(configs, { serviceId: service.id, revision })] as const,
      ),
    ),
  )
  const variablesAfter = (revision: number) => after.get(revision) ?? new Map<string, never>()
  const facts: ConfigFacts = {
    env,
    file,
    madeAtStart: new Map(),
    elsewhere: new Map(),
    rows,
    service,
    owner: 'system',
    declared: release?.manifest.env ?? [],
    defaults: release?.manifest.defaults ?? {},
    variables: variablesAfter(newest),
    instances: instances.map(({ id, configRevision }) => ({ id, variables: variablesAfter(configRevision) })),
  }
  return { facts, release }
}

/** The effective values, the settings of the process, and whether changes can be tried on one instance first. */
type Effective = { items: EffectiveConfig[]; settings: ProcessSetting[]; canary: CanaryChances | null }

/** Effective values that are read only if nobody has those of this version: it states everything that they depend on. */
type VersionedEffective = { version: string; read: () => Promise<Effective> }

/** What reading the effective values needs. */
type EffectiveDeps = ConfigsDeps & { settings: readonly ProcessSetting[] }

/**
 * The values of the platform. There may be thousands, and the pages read them again and again, so who asks may keep them until a
 * revision is stored or another page saves its values. Nothing else that they depend on changes while the process runs.
 */
async function ofPlatform(
  deps: EffectiveDeps,
  scope: ConfigScope,
  language: Language,
): Promise<VersionedEffective> {
  // Read before the values, so that a revision in between makes them too new for their version, and never too old.
  const [revision, elsewhere] = await Promise.all([deps.configs.newest(), deps.savedElsewhere()])
  return {
    version: JSON.stringify([revision, ...elsewhere]),
    read: async () => {
      const items = effectiveConfigs(await factsWithoutService(deps, scope, elsewhere), language)
      return { items, settings: [...deps.settings], canary: null }
    },
  }
}

/** Who asks for effective values, and in which language. */
type Asker = { actor: Actor; language: Language }

/** The effective value of each key of the platform, of a service or of a person, and why it applies. Throws as `findScope` does. */
export async function readEffective(
  deps: EffectiveDeps,
  { actor, named, language }: Asker & { named: NamedScope },
): Promise<Effective | VersionedEffective> {
  const { scope, service } = await findScope(deps, actor, named)
  if (scope.type === 'system') return ofPlatform(deps, scope, language)
  if (!service) {
    const facts = await factsWithoutService(deps, scope, new Map())
    return { items: effectiveConfigs(facts, language), settings: [], canary: null }
  }
  const { facts, release } = await factsOfService(deps, scope, service)
  return { items: effectiveConfigs(facts, language), settings: [], canary: canaryChances(release, service) }
}

/** The effective value of each key of a service. Throws as `findScope` does. */
export async function readOfService(
  deps: ConfigsDeps,
  { actor, id, language }: Asker & { id: string },
): Promise<EffectiveConfig[]> {
  const { scope, service } = await findScope(deps, actor, { service_id: id })
  if (!service) return []
  const { facts } = await factsOfService(deps, scope, service)
  return effectiveConfigs(facts, language)
}
