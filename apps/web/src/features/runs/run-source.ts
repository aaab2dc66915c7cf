import type { Run } from '@vitrine/contract'
import { inject, provide, type InjectionKey } from 'vue'
import { api } from '../../api/client.ts'
import { readRun } from './run-queries.ts'

/** Where a run is read, followed and cancelled. */
export type RunSource = {
  read: (id: string, signal: AbortSignal) => Promise<Run>
  /** Path of its event stream below the API's root. */
  eventsPath: (id: string) => string
  cancel: (id: string) => Promise<Run>
}

const ownRuns: RunSource = {
  read: readRun,
  eventsPath: (id) => `/runs/${encodeURIComponent(id)}/events`,
  cancel: (id) => api('POST /runs/{id}/cancel', { params: { id } }),
}
const sourceKey: InjectionKey<RunSource> = Symbol('run source')

/** Has everything below the calling component follow its runs at `source`, e.g. a visitor's at a share link. */
export const provideRunSource = (source: RunSource): void => provide(sourceKey, source)

/** Where the calling component follows runs: one's own unless something above says otherwise. */
export const useRunSource = (): RunSource => inject(sourceKey, ownRuns)
