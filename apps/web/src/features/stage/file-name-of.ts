import type { Run } from '@vitrine/contract'

/** What the files that are saved of a run are called, without what says their kind. */
export const fileNameOf = (run: Pick<Run, 'service_id' | 'id'>): string =>
  `${run.service_id}-${run.id.slice(0, 8)}`
