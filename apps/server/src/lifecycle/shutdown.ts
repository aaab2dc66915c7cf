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

/**
 * Creates an empty list of shutdown steps. If a step fails, the failure is logged and the other steps still
 * run.
 */
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
