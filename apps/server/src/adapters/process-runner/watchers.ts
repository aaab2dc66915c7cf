import { isDeepStrictEqual } from 'node:util'
import type { ProcessReport } from './process-runner.ts'

/** The watchers of reports. `tell` calls them only if a report differs from the last one told. */
export function watchers() {
  const listeners = new Set<(report: ProcessReport) => void>()
  const last = new Map<string, ProcessReport>()
  return {
    add(listener: (report: ProcessReport) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notify(report: ProcessReport): void {
      if (isDeepStrictEqual(last.get(report.id), report)) return
      last.set(report.id, report)
      for (const listener of listeners) listener(report)
    },
    forget(id: string): void {
      last.delete(id)
    },
  }
}
