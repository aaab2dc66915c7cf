import type { LocalisedText } from '../../lib/words.ts'

/** What installs the dependencies of a release again if they were lost. */
export type InstalledDependencies = {
  /** Whether those of a release are lost. */
  areLost: (of: { serviceId: string; release: number }) => Promise<boolean>
  /**
   * Installs those of an instance's release unless they are there. Resolves with whether the instance was added before that, so
   * that its process would not find them. Throws what a deploy throws if they cannot be installed.
   */
  ensure: (
    of: { id: string; serviceId: string; release: number },
    waiter: { signal: AbortSignal; report: (message: LocalisedText) => Promise<void> },
  ) => Promise<boolean>
}
