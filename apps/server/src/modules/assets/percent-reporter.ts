import type { Percent } from '../tasks/task-kind.ts'

/**
 * Turns a stream of shares (0 to 1) into few reports. It sends one report at a time, and only when the whole
 * percentage has changed. `settled` resolves when all reports are done, and rejects if one failed.
 */
export function percentReporter(report: (progress: Percent) => Promise<void>) {
  let shown = -1
  let busy: Promise<void> | null = null
  let failure: unknown = null
  return {
    report(share: number): void {
      const percent = Math.floor(share * 100)
      if (busy || percent === shown) return
      shown = percent
      busy = report({ percent })
        .catch((error: unknown) => (failure = error))
        .then(() => void (busy = null))
    },
    async settled(): Promise<void> {
      await busy
      if (failure !== null) throw failure
    },
  }
}
