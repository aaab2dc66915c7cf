import { pathExists } from './lib/path-exists.ts'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Settings } from './config.ts'
import { systemClock } from './lib/clock.ts'
import { inTurn } from './lib/in-turn.ts'
import { dataPaths } from './lib/paths.ts'
import { chooseAccounts } from './lifecycle/accounts.ts'
import { deployExamples } from './lifecycle/demo.ts'
import { installRuntimes } from './lifecycle/install-runtimes.ts'
import { createReconciler } from './lifecycle/reconciler.ts'
import { createShutdown, type Ending, type Shutdown } from './lifecycle/shutdown.ts'
import { registerFolder } from './modules/algorithms/algorithms.store.ts'
import { processUnattended } from './modules/assets/assets.store.ts'
import { openAccessControl } from './modules/auth/auth.assembly.ts'
import { runInterrupted } from './modules/runs/runs.errors.ts'
import { deployService } from './modules/services/services.deploy.ts'
import { forgetPastVisitors } from './modules/shares/shares.past.ts'
import { openDrivers } from './start/drivers.ts'
import { forgetOldRunsOf } from './start/forget-old-runs.ts'
import { wireModules, type Modules } from './start/modules.ts'
import { buildApp } from './start/routes.ts'

/** A running control plane. */
export type ControlPlane = {
  url: string
  /** The one-time set-up link, while there is no user. */
  setupUrl: string | null
  administratorMade: boolean
  /** What a person should know of this machine. */
  notes: string[]
  /** Deploys the examples that were not deployed yet and that the machine can run by now. */
  deployExamples: () => Promise<void>
  stop: (ending: Ending) => Promise<void>
}

const hourMs = 3_600_000

const withoutFfmpeg =
  '没有安装 ffmpeg：音视频原样保存，不转码，也没有缩略图和波形 · ffmpeg is not installed: sound and video are kept as they are, without playable forms, pictures and waveforms'

/** Variables that package managers read beside ours; children get these and PATH, nothing else of our environment. */
const passedOn =
  /^(PATH|(HTTPS?|NO)_PROXY|(https?|no)_proxy|SSL_CERT_FILE|SSL_CERT_DIR|PIP_\w+|NPM_CONFIG_\w+|npm_config_(registry|cafile))$/

const commandEnvOf = (env: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const passed = Object.entries(env).filter(([name, value]) => passedOn.test(name) && value !== undefined)
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', ...Object.fromEntries(passed) }
}

function everyHour(shutdown: Shutdown, name: string, logger: Logger, work: () => Promise<unknown>): void {
  const timer = setInterval(
    () => void work().catch((error: unknown) => logger.error({ err: error }, name)),
    hourMs,
  )
  shutdown.add(name, () => clearInterval(timer))
}

/** Takes up what an earlier control plane left: adopts what runs, resumes tasks, ends runs that were cut off. */
async function takeUp(modules: Modules, reconciler: ReturnType<typeof createReconciler>): Promise<void> {
  const { repositories, board, taskRunner } = modules
  const error = runInterrupted({})
  await modules.temporary.forgetEarlier()
  await repositories.runs.failUnfinished({ code: error.code, message: error.messageIn('zh'), details: {} })
  await board.open(await reconciler.watched())
  await taskRunner.resume()
  await processUnattended(modules.media)
  await reconciler.reconcile()
  reconciler.start()
}

/**
 * Starts the control plane: drivers, access, modules, routes, then what goes on in the background. Resolves once the public
 * address answers. What was opened is closed again when a later part fails.
 */
export async function startControlPlane(input: {
  settings: Settings
  root: { folder: string; version: string }
  logger: Logger
  env: Readonly<Record<string, string | undefined>>
}): Promise<ControlPlane> {
  const shutdown = createShutdown(input.logger)
  try {
    return await start(input, shutdown)
  } catch (error) {
    await shutdown.run({ everything: false })
    throw error
  }
}

async function start(
  input: Parameters<typeof startControlPlane>[0],
  shutdown: Shutdown,
): Promise<ControlPlane> {
  const { settings, root, logger } = input
  const paths = dataPaths(settings.VITRINE_DATA_DIR)
  const commandEnv = commandEnvOf(input.env)
  const accounts = await chooseAccounts({ dataFolder: paths.root, nodeFile: process.execPath })
  const drivers = await openDrivers({
    ...{ settings, paths, commandEnv, logger, shutdown },
    projectFolder: root.folder,
    databaseUser: accounts.database,
    mediaUser: accounts.media,
  })
  const access = await openAccessControl({
    ...{ db: drivers.db, cache: drivers.cache, clock: systemClock },
    secretsFolder: paths.secrets,
    adminPassword: settings.VITRINE_ADMIN_PASSWORD ?? null,
    onKeysChanged: drivers.gateway.applyKeys,
  })
  let control: { host: string; port: number } | null = null
  const modules = await wireModules({
    ...{ settings, paths, drivers, access, commandEnv, logger },
    algorithmUser: accounts.algorithms,
    runtimesFolder: await installRuntimes(join(root.folder, 'dist', 'runtimes'), paths.runtimes),
    controlAddress: () => control,
  })
  const app = await buildApp({
    ...{ access, modules, paths, logger, db: drivers.db, version: root.version },
    webFolder: join(root.folder, 'dist', 'web'),
    frontHost: settings.VITRINE_HOST,
  })
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  shutdown.add('http', () => app.close())
  control = { host: address.hostname, port: Number(address.port) }

  const { instances, temporary } = modules
  const { services, releases } = modules.repositories
  const reconciler = createReconciler({
    ...{ services, releases, instances, temporary, logger },
    tasks: modules.taskRunner,
  })
  shutdown.add('board', () => modules.board.close())
  shutdown.add('temporary instances', () => temporary.close())
  shutdown.add('runs', () => modules.executor.close())
  shutdown.add('tasks', () => modules.taskRunner.close())
  shutdown.add('reconciler', () => reconciler.close())
  await takeUp(modules, reconciler)
  await access.publishKeys()
  await modules.gateway.sync()
  everyHour(shutdown, 'old sign-ins', logger, access.forgetOldSignIns)
  everyHour(shutdown, 'expired uploads', logger, () => modules.arrived.store.deleteExpired())
  everyHour(shutdown, 'unused environments', logger, async () =>
    modules.environments.collect(await modules.repositories.releases.environmentsInUse()),
  )
  everyHour(shutdown, 'visitors of links', logger, () => forgetPastVisitors(modules.shares.past))
  everyHour(shutdown, 'old runs', logger, () => forgetOldRunsOf(modules))
  const beginExamples = examplesOf(modules, join(root.folder, 'examples'), logger)
  const deployTheExamples = async () => {
    if (settings.VITRINE_DEMO === 'on') await beginExamples()
  }
  // In the background: readiness does not wait for them.
  void deployTheExamples()
  return {
    url: modules.publicUrl,
    setupUrl: access.setupToken === null ? null : `${modules.publicUrl}/setup?token=${access.setupToken}`,
    administratorMade: access.administratorMade,
    notes: [
      ...(accounts.warning === null ? [] : [accounts.warning]),
      ...(drivers.mediaTools === null ? [withoutFfmpeg] : []),
    ],
    deployExamples: deployTheExamples,
    stop: shutdown.run,
  }
}

/** What deploys the examples; calls take turns, and a failure is told in the log. */
function examplesOf(modules: Modules, folder: string, logger: Logger): () => Promise<void> {
  const deps = {
    configs: modules.configs,
    registerFolder: (input: Parameters<typeof registerFolder>[1]) =>
      registerFolder(modules.algorithms, input),
    deploy: (input: Parameters<typeof deployService>[1]) => deployService(modules.services, input),
    machine: {
      hasFile: pathExists,
      hasPythonModule: modules.environments.hasModule,
    },
    logger,
  }
  const turns = inTurn()
  return () =>
    turns
      .run('examples', () => deployExamples(deps, folder))
      .catch((error: unknown) => logger.error({ err: error }, 'deploying the examples failed'))
}
