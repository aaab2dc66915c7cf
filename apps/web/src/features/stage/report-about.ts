import type { Stage } from '@vitrine/contract'

/** What a report says about the algorithm of a run besides the run. A visitor of a link knows less of it. */
export type ReportAbout = Pick<Stage, 'name'> &
  Partial<Pick<Stage, 'line' | 'description'>> & { manifest: Pick<Stage['manifest'], 'parameters'> }
