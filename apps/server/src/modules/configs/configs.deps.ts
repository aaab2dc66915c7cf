import type { Json, Language, ServiceChange } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { NewValue } from './changes.repository.ts'
import type { CurrentConfig, FixedLayers } from './effective/current-config.ts'
import type { MadeAtStart } from './effective/effective-config.ts'
import type { ConfigsRepository } from './configs.repository.ts'

/** What reading and changing the configuration needs. */
export type ConfigsDeps = FixedLayers & {
  configs: ConfigsRepository
  services: ServicesRepository
  releases: Pick<ReleasesRepository, 'serving'>
  instanceRows: Pick<InstancesRepository, 'list'>
  /** Values that the start has derived from settings, by key. */
  madeAtStart: MadeAtStart
  /** Values of the platform that are saved on other pages, by key. */
  savedElsewhere: () => Promise<ReadonlyMap<string, Json>>
  sealer: TextSealer
  clock: Clock
}

/** What changing the configuration needs. */
export type ChangeConfigsDeps = ConfigsDeps & {
  /** Called with further errors, beyond the one that the caller gets. */
  onError: (error: unknown) => void
  /** The values in memory. They are read again when stored values change. */
  current: Pick<CurrentConfig, 'reload'>
  /** Changes an option of a service, as `PATCH /services/{id}` does. */
  changeOption: (input: {
    actor: Actor
    language: Language
    id: string
    change: ServiceChange
  }) => Promise<unknown>
  /**
   * Begins a task that replaces the running instances of a service, so that the new ones have the values of a revision.
   * Null if no instance runs; the next ones then have the values.
   */
  replaceInstances: (input: { actor: Actor; id: string; revision: number }) => Promise<{ id: string } | null>
  /**
   * Begins a task that tries values on one instance of a service, and stores them as a revision if the instance passes.
   * `published` are the ids of the changes of a draft that the values come from. Throws `config.canary_runs` and
   * `config.full`.
   */
  beginCanary: (input: AskedCanary) => Promise<{ id: string }>
}

/** Values that a person wants to try on one instance of a service before they take effect. */
export type AskedCanary = {
  actor: Actor
  serviceId: string
  reason: string
  values: readonly NewValue[]
  published: readonly string[]
  /** Seals secrets that are still in clear. */
  seal: (value: Json) => string
}
