import { join } from 'node:path'
import { serviceMode } from '@vitrine/contract'
import type { Logger } from 'pino'
import type { ControlLock } from './adapters/database/control-lock.ts'
import type { Runners } from './adapters/process-runner/runners.ts'
import type { Settings } from './config.ts'
import { gitAccountOf, jobsOf } from './lib/account-block.ts'
import type { AppError } from './lib/errors.ts'
import { jobAccounts } from './lib/job-accounts.ts'
import { findNodeTools } from './lib/node-tools.ts'
import { dataPaths } from './lib/paths.ts'
import { openApiSocket } from './lifecycle/api-socket.ts'
import { openMediaSocket } from './lifecycle/media-socket.ts'
import { openInstanceSockets } from './lifecycle/instance-sockets.ts'
import { chooseAccounts } from './lifecycle/accounts.ts'
import { removeOldCompileCache } from './lifecycle/compile-cache.ts'
import { installRuntimes } from './lifecycle/install-runtimes.ts'
import { removeLeftUploads } from './lifecycle/left-uploads.ts'
import { repeatWork } from './lifecycle/repeat-work.ts'
import type { Words } from './lib/words.ts'
import { createShutdown, type Ending, type Shutdown } from './lifecycle/shutdown.ts'
import { openSealingKeys } from './lib/sealing-keys.ts'
import type { FileValues } from './modules/config-files/config-file.ts'
import { isContainerMode } from './modules/releases/mode-of.ts'
import { createLeftLooks } from './modules/pipelines/left-pushes.ts'
import { createPolling } from './modules/pipelines/polling.ts'
import { lookAtAllPreviews } from './modules/pipelines/previews.ts'
import { openAccess } from './start/access.ts'
import { commandEnvOf } from './start/command-environment.ts'
import { openDrivers, type Drivers } from './start/drivers.ts'
import { examplesOf } from './start/examples.ts'
import { edgeNotes } from './start/gateway-edge.ts'
import { hourlyWorks } from './start/hourly-works.ts'
import { wireModules, type Modules } from './start/modules.ts'
import { platformLogKeeper } from './start/platform-logs.ts'
import { resumeWork } from './start/resume-work.ts'
import { buildApp } from './start/routes.ts'
import { wireUpkeep } from './start/upkeep.ts'

/** A running control plane. */
export type ControlPlane = {
  url: string
  /** The name that administrators gave the platform; null if it has the product's own. */
  name: string | null
  /** The one-time set-up link, while there is no user. */
  setupUrl: string | null
  administratorMade: boolean
  /** Notes for people about this machine, for example about missing programs. */
  notes: string[]
  /** Deploys the examples that are not deployed yet and that the machine can run now. */
  deployExamples: () => Promise<void>
  stop: (ending: Ending) => Promise<void>
}

const hourMs = 3_600_000

const withoutFfmpeg =
  '没有安装 ffmpeg：音视频原样保存，不转码，也没有缩略图和波形 · ffmpeg is not installed: sound and video are kept as they are, without playable forms, pictures and waveforms'

/**
 * Moves services to the default runner if this machine no longer has their own. Those in containers stay: a Docker or a
 * cluster that does not answer now comes back.
 */
async function moveToAvailableRunner(
  modules: Modules,
  runner: Drivers['runner'],
  logger: Logger,
): Promise<void> {
  const missing = serviceMode.options.filter((mode) => !isContainerMode(mode) && !runner.modes.has(mode))
  for (const service of await modules.repositories.instanceRows.moveModes(missing, runner.kind))
    logger.warn(
      { service, mode: runner.kind },
      'moved to the default runner, because this machine does not have the former one',
    )
}

/**
 * Starts the control plane: drivers, access, modules and routes, and then the background work. Resolves once
 * the public address answers. If a part fails, the parts that were opened before it are closed again.
 */
export async function startControlPlane(input: {
  settings: Settings
  root: { folder: string; version: string }
  /** Why the control plane is root. Null if it is not, or if nobody has said it. */
  rootKept: Words | null
  logger: Logger
  env: Readonly<Record<string, string | undefined>>
  /** The values of `config.yaml` in the data folder. */
  configFile: FileValues
  /** Runs all processes in place of the runners of this machine, to measure the rest. Null: those of the machine. */
  runner: Runners | null
  /** The lock on the database, if this control plane has it already because it stood by. */
  lock: ControlLock | null
  /** Called with what the start is waiting for, if that may take long. */
  onWait: (words: Words) => void
  /**
   * Called when another control plane has taken over the database. The caller must stop this one; the services
   * keep running.
   */
  onTaken: (error: AppError) => void
}): Promise<ControlPlane> {
  const shutdown = createShutdown(input.logger)
  try {
    return await start(input, shutdown)
  } catch (error) {
    await shutdown.run({ everything: false })
    throw error
  }
}

type Input = Parameters<typeof startControlPlane>[0]

/** Whether the gateway's process may have another account than ours. */
const mayGatewayBeOther = ({ VITRINE_NGINX_CONF_DIR }: Settings): boolean =>
  process.getuid?.() === 0 || VITRINE_NGINX_CONF_DIR !== undefined

const appOf = (
  { settings, root, logger }: Input,
  parts: Pick<Parameters<typeof buildApp>[0], 'access' | 'modules' | 'paths' | 'db' | 'cache' | 'current'>,
) =>
  buildApp({
    ...parts,
    logger,
    version: root.version,
    platformPort: settings.VITRINE_PORT,
    publicUrl: settings.VITRINE_PUBLIC_URL ?? null,
    appsDomain: settings.VITRINE_APPS_DOMAIN ?? null,
    webFolder: join(root.folder, 'dist', 'web'),
  })

/** The accounts that processes get, with the tools of Node that all of these can run. */
async function accountsFor(
  settings: Settings,
  dataFolder: string,
  commandEnv: ReturnType<typeof commandEnvOf>,
) {
  const nodeTools = await findNodeTools(process.execPath, commandEnv.PATH ?? '')
  return chooseAccounts({
    dataFolder,
    nodeTools,
    wanted: settings.VITRINE_ACCOUNTS ?? null,
    isDropped: settings.VITRINE_ROOT === 'drop',
  })
}

/** Opens drivers and access, and wires the modules and the API. Serves nothing and starts no background work. */
async function open(input: Input, shutdown: Shutdown) {
  const { settings, root, logger, env, configFile, rootKept } = input
  const paths = dataPaths(settings.VITRINE_DATA_DIR)
  const commandEnv = commandEnvOf(env)
  const accounts = await accountsFor(settings, paths.root, commandEnv)
  const lentAccounts = jobAccounts(accounts.block && jobsOf(accounts.block))
  const apiSocket = await openApiSocket(paths, mayGatewayBeOther(settings))
  shutdown.add('the control plane’s socket', () => apiSocket.remove())
  const instanceSockets = await openInstanceSockets(paths, mayGatewayBeOther(settings))
  const mediaSocket = await openMediaSocket(paths, accounts.block !== null)
  const drivers = await openDrivers({
    ...input,
    paths,
    commandEnv,
    shutdown,
    projectFolder: root.folder,
    apiSocket,
    instanceSockets,
    databaseUser: accounts.database,
    gitAccount: accounts.block && gitAccountOf(accounts.block),
    jobAccounts: lentAccounts,
  })
  await removeLeftUploads(paths, logger)
  const sealingKeys = await openSealingKeys(paths.secrets, settings.VITRINE_SECRET_KEY ?? null)
  const access = await openAccess({ ...input, drivers, paths, sealer: sealingKeys })
  shutdown.add('credentials', async () => access.close())
  const modules = await wireModules({
    settings,
    paths,
    drivers,
    access,
    sealingKeys,
    env,
    configFile,
    commandEnv,
    logger,
    rootKept,
    version: root.version,
    accountBlock: accounts.block,
    accountProblem: accounts.problem,
    apiSocket,
    mediaSocket: mediaSocket.path,
    jobAccounts: lentAccounts,
    nodeTools: accounts.nodeTools,
    runtimesFolder: await installRuntimes(join(root.folder, 'dist', 'runtimes'), paths.runtimes),
    controlAddress: { socket: apiSocket.path },
  })
  const app = await appOf(input, { ...drivers, access, modules, paths })
  return { drivers, access, modules, accounts, apiSocket, mediaSocket, app }
}

/**
 * Starts the background work, and serves the API on a socket for the gateway. The parts are closed in reverse order:
 * first the API, so that no request starts what nobody would end in order, then tasks and runs, which the next
 * control plane continues, and last what they need.
 */
async function startUpkeep(
  { drivers, access, modules, accounts, apiSocket, mediaSocket, app }: Awaited<ReturnType<typeof open>>,
  { logger, settings }: Input,
  shutdown: Shutdown,
): Promise<void> {
  const { taskRunner } = modules
  const paths = dataPaths(settings.VITRINE_DATA_DIR)
  const logs = platformLogKeeper(paths, logger)
  logs.start()
  shutdown.add('logs of the platform', () => logs.close())
  const upkeep = wireUpkeep({ modules, db: drivers.db, logger })
  shutdown.add('histories', () => upkeep.recorder.close())
  modules.host.hostMonitor.start()
  shutdown.add('machine', () => modules.host.hostMonitor.close())
  shutdown.add('monitor', () => modules.monitor.close())
  shutdown.add('front ports', () => modules.gateway.close())
  shutdown.add('limits of builds', () => modules.builds.close())
  shutdown.add('temporary instances', () => modules.temporary.close())
  shutdown.add('runs', () => modules.executor.close())
  shutdown.add('tasks', () => taskRunner.close())
  shutdown.add('reconciler', () => upkeep.reconciler.close())
  await moveToAvailableRunner(modules, drivers.runner, logger)
  const serve = async () => {
    await app.listen({ path: apiSocket.path })
    shutdown.add('http', () => app.close())
    await apiSocket.protect()
    shutdown.add('media of instances', () => mediaSocket.close())
    await mediaSocket.listen(apiSocket.path)
  }
  shutdown.add('log clock', await modules.logClock.open())
  await resumeWork(modules, upkeep, { block: accounts.block, logger, paths, serve })
  shutdown.add('calls', await modules.calls.open())
  await access.publishKeys()
  await modules.gateway.sync()
  modules.disk.start()
  shutdown.add('disk', () => modules.disk.close())
  modules.sleeper.start()
  shutdown.add('sleeper', () => modules.sleeper.close())
  upkeep.scaler.start()
  shutdown.add('scaler', () => upkeep.scaler.close())
  const works = hourlyWorks({ modules, access, upkeep, paths })
  const hourly = repeatWork(works, { logger, everyMs: hourMs })
  shutdown.add('hourly work', () => hourly.close())
  // Each repeats by itself, because a look at all branches of all repositories may take long.
  const often = { logger, everyMs: settings.VITRINE_PUSH_POLL_S * 1000 }
  const looks = [
    repeatWork({ 'pushes to code in Gitea': createPolling(modules.pipelines) }, often),
    repeatWork({ 'pushes to the platform’s own host': createLeftLooks(modules.pipelines) }, often),
    repeatWork({ 'branches that may have previews': () => lookAtAllPreviews(modules.pipelines) }, often),
  ]
  for (const look of looks) shutdown.add('looks for pushes', () => look.close())
}

async function start(input: Input, shutdown: Shutdown): Promise<ControlPlane> {
  const { settings, root, logger, env } = input
  const parts = await open(input, shutdown)
  await startUpkeep(parts, input, shutdown)
  await removeOldCompileCache(dataPaths(settings.VITRINE_DATA_DIR), env.NODE_COMPILE_CACHE)
  const { drivers, access, modules, accounts, apiSocket } = parts
  const ending = new AbortController()
  shutdown.add('examples', async () => ending.abort())
  const beginExamples = examplesOf(modules, {
    folder: join(root.folder, 'examples'),
    logger,
    signal: ending.signal,
  })
  const deployTheExamples = async () => {
    if (settings.VITRINE_DEMO === 'on') await beginExamples()
  }
  // In the background: readiness does not wait for them.
  void deployTheExamples()
  return {
    url: modules.publicUrl,
    name: drivers.current.text('app.name'),
    setupUrl: access.setupToken === null ? null : `${modules.publicUrl}/setup?token=${access.setupToken}`,
    administratorMade: access.administratorMade,
    notes: [
      ...(accounts.warning === null ? [] : [accounts.warning]),
      ...drivers.notes,
      ...edgeNotes(settings),
      ...modules.secretNotes,
      ...(apiSocket.warning === null ? [] : [apiSocket.warning]),
      ...(drivers.mediaTools === null ? [withoutFfmpeg] : []),
    ],
    deployExamples: deployTheExamples,
    stop: shutdown.run,
  }
}
