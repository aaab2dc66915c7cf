import type { Logger } from 'pino'

/** How to end: `everything` also stops services, gateway and database, which otherwise go on without the control plane. */
export type Ending = { everything: boolean }

/** What is to be done at the end, in the reverse of the order in which it was opened. */
export type Shutdown = {
  add: (name: string, end: (ending: Ending) => Promise<void> | void) => void
  run: (ending: Ending) => Promise<void>
}

/** A registry of endings; one that fails is logged and does not keep the others from theirs. */
export function createShutdown(logger: Logger): Shutdown {
  const endings: { name: string; end: (ending: Ending) => Promise<void> | void }[] = []
  return {
    add: (name, end) => endings.push({ name, end }),
    async run(ending) {
      for (const { name, end } of endings.splice(0).toReversed()) {
        try {
          await end(ending)
        } catch (error) {
          logger.error({ err: error, part: name }, 'ending a part failed')
        }
      }
    },
  }
}
