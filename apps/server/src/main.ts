import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { z } from 'zod'
import { codeOfError } from './lib/code-of-error.ts'
import { parseSettings, SettingsError, type Settings } from './config.ts'
import type { ControlLock } from './adapters/database/control-lock.ts'
import { AppError } from './lib/errors.ts'
import { dataPaths } from './lib/paths.ts'
import { claimDataFolder } from './lifecycle/claim-data-folder.ts'
import { closeInheritedDescriptors } from './lifecycle/close-descriptors.ts'
import { openParentChannel } from './lifecycle/parent-channel.ts'
import { findProjectRoot } from './lifecycle/project-root.ts'
import { takeRootKept } from './lifecycle/root-kept.ts'
import { readPlatformNumber } from './lib/user-namespace.ts'
import { logDestination } from './lib/log-destination.ts'
import { loggedError } from './lib/logged-error.ts'
import type { Words } from './lib/words.ts'
import type { FileValues } from './modules/config-files/config-file.ts'
import { isOpenToOthers, readPlatformConfigFile } from './modules/config-files/platform-config-file.ts'
import { startControlPlane, type ControlPlane } from './start.ts'
import { leadWhenFree } from './start/lead.ts'

/** Sent to the parent on its channel once everything answers: the addresses. */
type ReadyMessage = {
  type: 'ready'
  url: string
  /** The name that administrators gave the platform. */
  name: string | null
  setupUrl: string | null
  administratorMade: boolean
  notes: string[]
}

/** Sent to the parent before this process ends for a reason that a person can fix. */
type RefusedMessage = { type: 'refused' } & Words
/** Sent to the parent while the start waits for something. */
type WaitingMessage = { type: 'waiting' } & Words

/** Sent by the start script when it has installed more system packages. */
const machineGrew = z.object({ type: z.literal('machine_grew') })

function settingsOrExit(file?: FileValues): Settings {
  try {
    return parseSettings(process.env, file)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    for (const problem of error.problems) console.error(problem)
    // As the start script does for the same mistake: 78 is sysexits' EX_CONFIG.
    process.exit(78)
  }
}

/**
 * Exit code (sysexits' EX_TEMPFAIL) if another control plane uses the database or the data folder. The start script
 * then does not restart this one.
 */
const usedByAnother = 75
const codesOfAnother: ReadonlySet<string> = new Set([
  'data_folder.held',
  'data_folder.leader_elsewhere',
  'database.held',
  'database.older',
  'database.taken',
])
/** Whether this process is to be started again after this end: one that led until a standby took over stands by then. */
const isToStandBy = (code: string): boolean => settings.VITRINE_STANDBY === 'on' && code === 'database.taken'
/** The longest time in which a control plane that has lost its database stops. */
const stopPatienceMs = 15_000

/** The message of an error with those of its causes. A refused connection to several addresses has only a code. */
function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  if (error instanceof AppError) return [`${error.messageIn('zh')} · ${error.message}`]
  const own = error.message || codeOfError(error) || error.name
  return error.cause === undefined ? [own] : [own, ...messagesOf(error.cause)]
}

/**
 * SIGINT is a person's Ctrl-C: everything that was started is stopped, in order. SIGTERM comes from an upgrade
 * or a service manager: only this process ends, and services and gateway keep running.
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
  // The parent has died, so nobody could restart us or pass on signals. End as for an upgrade.
  parent?.onClosed(() => end(false))
}

/** Sends a message to the parent, if there is one. */
async function send(message: ReadyMessage | WaitingMessage | RefusedMessage): Promise<void> {
  await parent?.send(message)
}

/** Ends this process with a reason for people. It is logged, and sent to the parent in both languages. */
async function endWith(error: unknown, logger: pino.Logger): Promise<never> {
  const isTold = error instanceof AppError
  logger.fatal(isTold ? { code: error.code, details: error.details } : { err: error }, 'ended')
  // People are shown the last lines of the log.
  console.error(messagesOf(error).join(': '))
  if (isTold) await send({ type: 'refused', zh: error.messageIn('zh'), en: error.message })
  const isFinal = isTold && codesOfAnother.has(error.code) && !isToStandBy(error.code)
  process.exit(isFinal ? usedByAnother : 1)
}

/**
 * Waits until no other control plane leads. Null without `VITRINE_STANDBY`: the start then takes the lock itself. A signal
 * ends this process meanwhile: it has changed nothing.
 */
async function standBy(): Promise<ControlLock | null> {
  if (settings.VITRINE_STANDBY === 'off' || settings.DATABASE_URL === undefined) return null
  const ending = new AbortController()
  const end = () => ending.abort()
  process.on('SIGINT', end).on('SIGTERM', end)
  parent?.onClosed(end)
  try {
    return await leadWhenFree({
      databaseUrl: settings.DATABASE_URL,
      paths,
      projectFolder: root.folder,
      logger,
      signal: ending.signal,
      onWait,
      onTaken: (error) => void giveWay(error),
    })
  } catch (error) {
    if (ending.signal.aborted) process.exit(0)
    return endWith(error, logger)
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

/**
 * Stops because another control plane has the database. Services and gateway keep running. With a standby this is no end in
 * order: that one has the data folder as soon as this process has gone.
 */
async function giveWay(reason: AppError): Promise<void> {
  if (settings.VITRINE_STANDBY === 'off')
    await Promise.race([running?.stop({ everything: false }), delay(stopPatienceMs)])
  await endWith(reason, logger)
}

const onWait = (words: Words) => void send({ type: 'waiting', ...words })

closeInheritedDescriptors()
// By default V8 lets garbage grow to a multiple of the memory in use before it collects it. With this limit, an idle control
// plane with 200 services needs a third less memory, and the same processor time.
setFlagsFromString('--heap-growing-percent=30')
/** The connection to the start script, if it has started this process. */
const parent = openParentChannel(process.env)
const rootKept = takeRootKept(process.env)
let settings = settingsOrExit()
if (settings.VITRINE_ROOT === 'drop' && (await readPlatformNumber()) === null) {
  console.error('VITRINE_ROOT: drop 只对 npm start 有效 · drop needs npm start, which lets root prepare it')
  process.exit(78)
}
// Files that the accounts of the database and the algorithms must not read get explicit modes, whatever root's umask is.
if (process.getuid?.() === 0) process.umask(0o022)
await mkdir(settings.VITRINE_DATA_DIR, { recursive: true, mode: 0o711 })
const paths = dataPaths(settings.VITRINE_DATA_DIR)
const logger = pino(
  { level: settings.VITRINE_LOG_LEVEL, base: null, serializers: { err: loggedError } },
  logDestination(process.stdout.fd),
)
const root = await findProjectRoot()
let running: ControlPlane | null = null
const lock = await standBy()
await claimDataFolder(paths).catch((error: unknown) => endWith(error, logger))
const configFile = await readPlatformConfigFile(paths.configFile).catch((error: unknown) =>
  endWith(error, logger),
)
settings = settingsOrExit(configFile)
if (await isOpenToOthers(paths.configFile))
  logger.warn(
    { path: paths.configFile },
    'every account of this machine can read config.yaml: chmod 600 closes it',
  )
process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'))
const plane = await startControlPlane({
  settings,
  root,
  rootKept,
  logger,
  // A copy, because each read of `process.env` asks the system, and one page of the configuration reads it thousands of times.
  env: { ...process.env },
  configFile,
  runner: null,
  lock,
  onWait,
  onTaken: (error) => void giveWay(error),
}).catch((error: unknown) => endWith(error, logger))
running = plane
endOnSignals(plane, logger)
// The start script has installed packages that some of the examples need.
parent?.onMessage((message) => {
  if (machineGrew.safeParse(message).success) void plane.deployExamples()
})
const ready: ReadyMessage = {
  type: 'ready',
  url: plane.url,
  name: plane.name,
  setupUrl: plane.setupUrl,
  administratorMade: plane.administratorMade,
  notes: plane.notes,
}
// The set-up link is a secret for the person who starts us. It is logged only if no parent can show it.
logger.info({ url: ready.url, notes: ready.notes, ...(!parent && { setupUrl: ready.setupUrl }) }, 'ready')
await send(ready)
