import { pathExists } from '../lib/path-exists.ts'
import { mkdir, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { openCache } from '../adapters/cache/bento.driver.ts'
import type { Cache } from '../adapters/cache/cache.ts'
import { createBuiltinCodeHost } from '../adapters/code-host/builtin-code-host.ts'
import type { CodeHost } from '../adapters/code-host/code-host.ts'
import { openDatabase, type Database } from '../adapters/database/database.ts'
import { openEmbeddedPostgres } from '../adapters/database/embedded-postgres.ts'
import { createEmbeddedGateway } from '../adapters/gateway/embedded.driver.ts'
import type { Gateway } from '../adapters/gateway/gateway.ts'
import { createFolderStore } from '../adapters/object-store/folder-store.ts'
import type { ObjectStore } from '../adapters/object-store/object-store.ts'
import { createFfmpegTools } from '../adapters/media-tools/ffmpeg.driver.ts'
import type { MediaTools } from '../adapters/media-tools/media-tools.ts'
import { localRunner } from '../adapters/process-runner/local-runner.ts'
import type { ProcessRunner } from '../adapters/process-runner/process-runner.ts'
import { supervisorRunner } from '../adapters/process-runner/supervisor-runner.ts'
import { SettingsError, type Settings } from '../config.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { SystemUser } from '../lib/system-user.ts'
import type { Shutdown } from '../lifecycle/shutdown.ts'

/** What opening the drivers is given. */
export type DriverInput = {
  settings: Settings
  /** The folder that the project is installed in. */
  projectFolder: string
  paths: DataPaths
  /** Variables of our own environment that children need: PATH and package managers' settings. */
  commandEnv: Readonly<Record<string, string>>
  databaseUser: SystemUser | null
  /** Whom the media tools run as; null for ourselves. */
  mediaUser: SystemUser | null
  logger: Logger
  shutdown: Shutdown
}

/** Everything outside this process that the platform works with. */
export type Drivers = {
  db: Database
  cache: Cache
  runner: ProcessRunner
  gateway: Gateway
  objects: ObjectStore
  /** Null where ffmpeg is not installed. */
  mediaTools: MediaTools | null
  codeHost: CodeHost
}

/** The first executable file of this name on the path, or null. */
export async function findProgram(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    const found = await pathExists(file)
    if (found) return file
  }
  return null
}

async function openDatabaseOf(input: DriverInput): Promise<Database> {
  const { settings, paths, logger, shutdown } = input
  const onIdleError = (error: Error) => logger.warn({ reason: error.message }, 'a database connection broke')
  const migrationsFolder = join(input.projectFolder, 'apps', 'server', 'migrations')
  if (settings.DATABASE_URL) {
    const opened = await openDatabase({
      connection: { url: settings.DATABASE_URL },
      migrationsFolder,
      onIdleError,
    })
    shutdown.add('database', opened.close)
    return opened.db
  }
  const server = await openEmbeddedPostgres({
    folder: paths.postgres,
    passwordFile: join(paths.secrets, 'postgres'),
    user: input.databaseUser,
    onRestart: (problem) =>
      problem
        ? logger.error({ err: problem }, 'the database server is down')
        : logger.warn('the database server was started again'),
  })
  shutdown.add('postgres', (ending) => (ending.everything ? server.shutdown() : server.close()))
  const opened = await openDatabase({ connection: server.connection, migrationsFolder, onIdleError })
  shutdown.add('database', opened.close)
  return opened.db
}

async function openRunner(input: DriverInput): Promise<ProcessRunner> {
  const { settings, paths, logger, shutdown } = input
  const onError = (error: unknown) => logger.error({ err: error }, 'process runner')
  const program = await findProgram('supervisord', input.commandEnv.PATH ?? '')
  const useSupervisor =
    settings.VITRINE_RUNNER === 'supervisor' || (settings.VITRINE_RUNNER === 'auto' && program !== null)
  if (useSupervisor && program === null) throw new Error('VITRINE_RUNNER: supervisord is not installed')
  const runner =
    useSupervisor && program !== null
      ? supervisorRunner({
          folder: paths.supervisor,
          recordPath: join(paths.run, 'supervisord.json'),
          program,
          onError,
        })
      : localRunner({ folder: join(paths.run, 'processes'), onError })
  await runner.open()
  shutdown.add('runner', (ending) => (ending.everything ? runner.shutdown() : runner.close()))
  return runner
}

async function openGateway(input: DriverInput): Promise<Gateway> {
  const { paths, logger, shutdown } = input
  const gateway = createEmbeddedGateway({
    dataPaths: paths,
    entryFile: join(input.projectFolder, 'dist', 'gateway', 'main.js'),
    nodeFile: process.execPath,
    env: { PATH: input.commandEnv.PATH ?? '' },
    onRestart: (problem) =>
      problem
        ? logger.error({ err: problem }, 'the gateway is down')
        : logger.warn('the gateway was started again'),
  })
  await gateway.open()
  shutdown.add('gateway', (ending) => (ending.everything ? gateway.shutdown() : gateway.close()))
  return gateway
}

async function openObjects({ settings, paths, shutdown }: DriverInput): Promise<ObjectStore> {
  if (settings.VITRINE_STORAGE === 'folder') return createFolderStore(paths.objects)
  const { VITRINE_S3_BUCKET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = settings
  const needed = { VITRINE_S3_BUCKET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
  const missing = Object.entries(needed).filter(([, value]) => value === undefined)
  if (!VITRINE_S3_BUCKET || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new SettingsError(missing.map(([name]) => `${name}: needed with VITRINE_STORAGE=s3`))
  // The client library costs half a second of every start; only those who use it pay.
  const { openS3Store } = await import('../adapters/object-store/s3-store.ts')
  const { store, close } = await openS3Store({
    endpoint: settings.AWS_ENDPOINT_URL ?? null,
    region: settings.AWS_REGION,
    bucket: VITRINE_S3_BUCKET,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
  })
  shutdown.add('objects', close)
  return store
}

async function openMediaTools(input: DriverInput): Promise<MediaTools | null> {
  const path = input.commandEnv.PATH ?? ''
  const [ffmpeg, ffprobe, nice] = await Promise.all(
    ['ffmpeg', 'ffprobe', 'nice'].map((name) => findProgram(name, path)),
  )
  if (!ffmpeg || !ffprobe) return null
  // What an earlier control plane was at is begun anew.
  await rm(input.paths.media, { recursive: true, force: true })
  await mkdir(input.paths.media, { mode: 0o711 })
  return createFfmpegTools({
    ffmpeg,
    ffprobe,
    nice: nice ?? null,
    user: input.mediaUser,
    folder: input.paths.media,
  })
}

async function makeFolders(paths: DataPaths): Promise<void> {
  // Others may pass through to what is theirs, and see nothing on the way.
  await mkdir(paths.root, { recursive: true, mode: 0o711 })
  for (const folder of [
    paths.secrets,
    paths.run,
    paths.gateway,
    paths.repositories,
    paths.uploads,
    paths.objects,
  ])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const folder of [
    paths.runtimes,
    paths.environments,
    paths.services,
    paths.platformLogs,
    dirname(paths.postgres),
  ])
    await mkdir(folder, { recursive: true })
}

/** Chooses the drivers by the settings and opens them; each is registered to be ended. */
export async function openDrivers(input: DriverInput): Promise<Drivers> {
  const { settings, paths, logger, shutdown } = input
  await makeFolders(paths)
  const onError = (error: unknown) => logger.warn({ err: error }, 'cache')
  const db = await openDatabaseOf(input)
  const cache = await openCache({ redisUrl: settings.REDIS_URL ?? null, onError })
  shutdown.add('cache', cache.close)
  const [gateway, runner] = [await openGateway(input), await openRunner(input)]
  return {
    ...{ db, cache, gateway, runner },
    objects: await openObjects(input),
    mediaTools: await openMediaTools(input),
    codeHost: createBuiltinCodeHost({ folder: paths.repositories }),
  }
}
