import type { Logger } from 'pino'

/**
 * How to shut down. With `everything`, services, gateway and database stop too; otherwise they run on without
 * the control plane.
 */
export type Ending = { everything: boolean }

/** The steps at shutdown. They run in reverse order of their registration. */
export type Shutdown = {
  add: (name: string, end: (ending: Ending) => Promise<void> | void) => void
  run: (ending: Ending) => Promise<void>
}

/** A step that takes longer is named in the log, in milliseconds: whoever waits for the end then sees for what. */
const longMs = 10_000

/**
 * Creates an empty list of shutdown steps. If a step fails, the failure is logged and the other steps still
 * run. A step that takes longer than `slowMs` is logged while it goes on.
 */
export function createShutdown(logger: Logger, slowMs = longMs): Shutdown {
  const endings: { name: string; end: (ending: Ending) => Promise<void> | void }[] = []
  return {
    add: (name, end) => endings.push({ name, end }),
    async run(ending) {
      for (const { name, end } of endings.splice(0).toReversed()) {
        const late = setTimeout(() => logger.warn({ part: name }, 'ending a part takes long'), slowMs)
        try {
          await end(ending)
        } catch (error) {
          logger.error({ err: error, part: name }, 'ending a part failed')
        } finally {
          clearTimeout(late)
        }
      }
    },
  }
}
