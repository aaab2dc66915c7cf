import type { Provenance, Run } from '@vitrine/contract'
import { inject, provide, type InjectionKey } from 'vue'
import { api } from '../../api/client.ts'
import { readRun } from './run-queries.ts'

/** The routes with which a run is read, followed and cancelled. */
export type RunSource = {
  read: (id: string, signal: AbortSignal) => Promise<Run>
  /** Path of its event stream, relative to the API's root. */
  eventsPath: (id: string) => string
  cancel: (id: string) => Promise<Run>
  provenance: (id: string, signal: AbortSignal) => Promise<Provenance>
  /** Whether runs can be replayed. */
  replays: boolean
}

const ownRuns: RunSource = {
  read: readRun,
  eventsPath: (id) => `/runs/${encodeURIComponent(id)}/events`,
  cancel: (id) => api('POST /runs/{id}/cancel', { params: { id } }),
  provenance: (id, signal) => api('GET /runs/{id}/provenance', { params: { id } }, { signal }),
  replays: true,
}
const sourceKey: InjectionKey<RunSource> = Symbol('run source')

/** Lets everything below the calling component follow its runs at `source`, e.g. a visitor's runs at a share link. */
export const provideRunSource = (source: RunSource): void => provide(sourceKey, source)

/**
 * The routes of runs for the calling component. They are those of the person's own runs, unless a component
 * above sets others.
 */
export const useRunSource = (): RunSource => inject(sourceKey, ownRuns)
