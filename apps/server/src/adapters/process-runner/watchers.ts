import { isDeepStrictEqual } from 'node:util'
import type { ProcessReport } from './process-runner.ts'

/** Who wants to know of changed reports. `tell` calls them back only where a report differs from the one told last. */
export function watchers() {
  const listeners = new Set<(report: ProcessReport) => void>()
  const last = new Map<string, ProcessReport>()
  return {
    add(listener: (report: ProcessReport) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(report: ProcessReport): void {
      if (isDeepStrictEqual(last.get(report.id), report)) return
      last.set(report.id, report)
      for (const listener of listeners) listener(report)
    },
    forget(id: string): void {
      last.delete(id)
    },
  }
}
