import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'

/** Which process of its instance a report is of, the same for every control plane; null where there is none. Pure. */
export const generationOf = (report: ProcessReport | null): string | null =>
  report?.pid && report.startedAt ? `${report.pid} since ${report.startedAt.toISOString()}` : null
