import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { z } from 'zod'
import { parseSettings, SettingsError, type Settings } from './config.ts'
import { AppError } from './lib/errors.ts'
import { dataPaths } from './lib/paths.ts'
import { claimDataFolder } from './lifecycle/claim-data-folder.ts'
import { findProjectRoot } from './lifecycle/project-root.ts'
import type { Words } from './lib/words.ts'
import { startControlPlane, type ControlPlane } from './start.ts'

/** What the parent of this process reads on its channel: the addresses, once everything answers. */
type ReadyMessage = {
  type: 'ready'
  url: string
  setupUrl: string | null
  administratorMade: boolean
  notes: string[]
}

/** What the parent reads before this process ends for a reason that a person can do something about. */
type RefusedMessage = { type: 'refused' } & Words
/** What the parent says while the start waits. */
type WaitingMessage = { type: 'waiting' } & Words

/** What the start script says when it has installed more system packages. */
const machineGrew = z.object({ type: z.literal('machine_grew') })

function settingsOrExit(): Settings {
  try {
    return parseSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    for (const problem of error.problems) console.error(problem)
    // As the start script does for the same mistake: 78 is sysexits' EX_CONFIG.
    process.exit(78)
  }
}

/** Exit code (sysexits' EX_TEMPFAIL) if another control plane uses the database or the data folder: the start script does not start us again. */
const usedByAnother = 75
const codesOfAnother: ReadonlySet<string> = new Set(['data_folder.held', 'database.held', 'database.taken'])
/** How long a control plane that has lost its database takes to stop at most. */
const stopPatienceMs = 15_000

/** What an error says and what its causes say; a refused connection to several addresses has but a code. */
function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  if (error instanceof AppError) return [`${error.messageIn('zh')} · ${error.message}`]
  const own = error.message || ('code' in error ? String(error.code) : error.name)
  return error.cause === undefined ? [own] : [own, ...messagesOf(error.cause)]
}

/**
 * SIGINT is a person's Ctrl-C: everything that was started is stopped, in order. SIGTERM is an upgrade or a service manager's
 * stop: only this process ends, services and gateway go on.
 */
function endOnSignals(plane: ControlPlane, logger: pino.Logger): void {
  let ending = false
  const end = (everything: boolean) => {
    if (ending) return
    ending = true
    plane.stop({ everything }).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', () => end(true))
  process.on('SIGTERM', () => end(false))
  // The parent died: nobody is left to restart us or to pass signals on, so end as for an upgrade.
  process.on('disconnect', () => end(false))
  if (hasParent && !process.connected) end(false)
}

/** Tells the parent, if there is one. */
function send(message: ReadyMessage | WaitingMessage): void {
  if (process.connected) process.send?.(message)
}

/** Ends this process for a reason that a person reads: in the log, and from the parent in their language. */
async function endWith(error: unknown, logger: pino.Logger): Promise<never> {
  const isTold = error instanceof AppError
  logger.fatal(isTold ? { code: error.code, details: error.details } : { err: error }, 'ended')
  // The last lines of the log are what a person is shown.
  console.error(messagesOf(error).join(': '))
  if (isTold && process.connected) {
    const message: RefusedMessage = { type: 'refused', zh: error.messageIn('zh'), en: error.message }
    await new Promise((resolve) => process.send?.(message, resolve))
  }
  process.exit(isTold && codesOfAnother.has(error.code) ? usedByAnother : 1)
}

// V8 would let garbage grow to a multiple of what is in use before it clears it away. The control plane stays small beside the
// services: with 200 of them it rests at a third less memory this way, at the same processor time.
setFlagsFromString('--heap-growing-percent=30')
/** Started by the start script, which leaves a channel. */
const hasParent = process.connected
const settings = settingsOrExit()
// What is not for the accounts of the database and the algorithms is made with a mode that says so, whatever mask root has.
if (process.getuid?.() === 0) process.umask(0o022)
await mkdir(settings.VITRINE_DATA_DIR, { recursive: true, mode: 0o711 })
const logger = pino({ level: settings.VITRINE_LOG_LEVEL, base: null })
await claimDataFolder(dataPaths(settings.VITRINE_DATA_DIR)).catch((error: unknown) => endWith(error, logger))
process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'))
const root = await findProjectRoot()
let running: ControlPlane | null = null
/** Another control plane has the database: services and gateway go on without this one. */
async function giveWay(reason: AppError): Promise<void> {
  await Promise.race([running?.stop({ everything: false }), delay(stopPatienceMs)])
  await endWith(reason, logger)
}
const plane = await startControlPlane({
  settings,
  root,
  logger,
  env: process.env,
  onWait: (words) => send({ type: 'waiting', ...words }),
  onTaken: (error) => void giveWay(error),
}).catch((error: unknown) => endWith(error, logger))
running = plane
endOnSignals(plane, logger)
// The start script has given the machine what some of the examples are made of.
process.on('message', (message) => {
  if (machineGrew.safeParse(message).success) void plane.deployExamples()
})
const ready: ReadyMessage = {
  type: 'ready',
  url: plane.url,
  setupUrl: plane.setupUrl,
  administratorMade: plane.administratorMade,
  notes: plane.notes,
}
// The set-up link is a secret for the one who starts us: it is in the log only where nobody else can tell it.
logger.info({ url: ready.url, notes: ready.notes, ...(!hasParent && { setupUrl: ready.setupUrl }) }, 'ready')
send(ready)
