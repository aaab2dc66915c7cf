import type { ConfigSource, Json, Language, ServiceChange } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { NewValue } from './changes/changes.repository.ts'
import type { CurrentConfig, FixedLayers } from './effective/current-config.ts'
import type { ConfigDraftsRepository } from './drafts/drafts.repository.ts'
import type { ConfigsRepository } from './configs.repository.ts'
import type { ExportReader } from './export/export-reader.ts'

/** Values that the start has made from settings, by key, with the layer of the setting. */
export type MadeAtStart = ReadonlyMap<string, { value: Json; source: ConfigSource }>

/** What reading and changing the configuration needs. */
export type ConfigsDeps = FixedLayers & {
  configs: ConfigsRepository
  services: ServicesRepository
  releases: Pick<ReleasesRepository, 'serving'>
  instanceRows: Pick<InstancesRepository, 'list'>
  /** Values that the start has made from settings, by key, with where these come from. */
  madeAtStart: MadeAtStart
  /** Values of the platform that other pages have saved, by key. */
  savedElsewhere: () => Promise<ReadonlyMap<string, Json>>
  sealer: TextSealer
  clock: Clock
}

/** What changing the configuration needs besides. */
export type ChangeConfigsDeps = ConfigsDeps & {
  /** Called with what failed besides the error that the caller is told. */
  onError: (error: unknown) => void
  exports: ExportReader
  drafts: ConfigDraftsRepository
  /** The values in memory, which follow what is stored. */
  current: Pick<CurrentConfig, 'reload'>
  /** Changes an option of a service, as `PATCH /services/{id}` does. */
  changeOption: (input: {
    actor: Actor
    language: Language
    id: string
    change: ServiceChange
  }) => Promise<unknown>
  /**
   * Lets a service have the values as they were after a revision: a task replaces its running instances by new ones. Null if
   * none runs; then the next ones have the values.
   */
  replaceInstances: (input: { actor: Actor; id: string; revision: number }) => Promise<{ id: string } | null>
  /**
   * Begins a task that tries values on one instance of a service, and stores them as a revision if it passes. `published`: the changes of
   * a draft that they are. Throws `config.canary_runs` and `config.full`.
   */
  beginCanary: (input: AskedCanary) => Promise<{ id: string }>
}

/** Values that somebody wants to be tried on one instance of a service before they count. */
export type AskedCanary = {
  actor: Actor
  serviceId: string
  reason: string
  values: readonly NewValue[]
  published: readonly string[]
  /** Seals secrets in clear. */
  seal: (value: Json) => string
}
