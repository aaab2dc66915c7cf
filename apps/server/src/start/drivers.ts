import { pathExists } from '../lib/path-exists.ts'
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openCache } from '../adapters/cache/bento.driver.ts'
import type { Cache } from '../adapters/cache/cache.ts'
import { createBuiltinCodeHost } from '../adapters/code-host/builtin-code-host.ts'
import type { CodeHost } from '../adapters/code-host/code-host.ts'
import type { Database } from '../adapters/database/database.ts'
import type { SwitchableGateway } from '../adapters/gateway/switchable.ts'
import type { ClusterNodes } from '../adapters/kubernetes/cluster-nodes.ts'
import { createFolderStore } from '../adapters/object-store/folder-store.ts'
import type { ObjectStore } from '../adapters/object-store/object-store.ts'
import type { MediaTools } from '../adapters/media-tools/media-tools.ts'
import { localRunner } from '../adapters/process-runner/local/local-runner.ts'
import type { PortSource } from '../adapters/process-runner/process-runner.ts'
import { removeOtherSockets } from '../adapters/process-runner/socket-folder.ts'
import { modeRunners, type ModeDriver, type Runners } from '../adapters/process-runner/runners.ts'
import { endLeftoverSupervisor } from '../adapters/process-runner/supervisor/supervisor-leftover.ts'
import { supervisorRunner } from '../adapters/process-runner/supervisor/supervisor-runner.ts'
import { supervisorRecords } from '../adapters/process-runner/supervisor/supervisor-runner.options.ts'
import { SettingsError } from '../config.ts'
import { endAccount } from '../lib/end-account.ts'
import { machineClaims, type MachineClaims } from '../lib/machine-claims.ts'
import { findProgram } from '../lib/find-program.ts'
import { openSandbox, type Sandbox } from '../lib/sandbox/sandbox.ts'
import type { DataPaths } from '../lib/paths.ts'
import { inBoth } from '../lib/words.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { openCurrentConfig, type CurrentConfig } from '../modules/configs/effective/current-config.ts'
import { defaultUploadLimits, unpackedBytesNow } from '../modules/sources/upload-limits.ts'
import { openDatabaseOf } from './database.ts'
import { dockerNotes } from './docker-notes.ts'
import { dockerDriver, keyFoldersOf } from './docker.ts'
import type { DriverInput } from './driver-input.ts'
import { kubernetesDriver, kubernetesNotes, openClusterNodes } from './kubernetes.ts'
import { openGateway } from './gateway.ts'
import { openMediaTools } from './media-tools.ts'
import { instancePortsOf } from './ports.ts'

/** Everything outside of this process that the platform uses. */
export type Drivers = {
  db: Database
  /** The values of the platform's configuration as they are now. */
  current: CurrentConfig
  cache: Cache
  runner: Runners
  /** The nodes of the cluster. Null if there is none. */
  clusterNodes: ClusterNodes | null
  /** The sandbox of instances, builds and media jobs. */
  sandbox: Sandbox
  gateway: SwitchableGateway
  /** The claims of this platform on the machine. */
  claims: MachineClaims
  /** Notes for people about how drivers were chosen. */
  notes: string[]
  objects: ObjectStore
  /** Null if ffmpeg is not installed. */
  mediaTools: MediaTools | null
  codeHost: CodeHost
}

/** Whether a folder has the record of a process. */
async function holdsRecords(folder: string): Promise<boolean> {
  return (await pathExists(folder)) && (await readdir(folder)).some((name) => name.endsWith('.json'))
}

/** At the end of the platform nobody waits for answers, so instances get less time than in a deploy. */
const atTheEnd = { graceMs: 5_000 }

/** The runner of new services. Throws for one that this machine does not have. */
function standardModeOf(
  { VITRINE_RUNNER: wanted, VITRINE_KUBERNETES_NAMESPACE: namespace }: DriverInput['settings'],
  supervisord: string | null,
) {
  if (wanted === 'auto') return supervisord === null ? 'local' : 'supervisor'
  if (wanted === 'supervisor' && supervisord === null)
    throw new SettingsError([
      `VITRINE_RUNNER: ${inBoth('没有安装 supervisord，请安装它，或改为 auto 或 local', 'supervisord is not installed; install it, or set auto or local')}`,
    ])
  if (wanted === 'kubernetes' && namespace === undefined)
    throw new SettingsError([
      `VITRINE_RUNNER: ${inBoth('kubernetes 需要 VITRINE_KUBERNETES_NAMESPACE', 'kubernetes needs VITRINE_KUBERNETES_NAMESPACE')}`,
    ])
  return wanted
}

/** Ends the supervisord that was uninstalled while it ran, with what it runs: no runner of this machine can reach those processes. */
async function endUninstalledSupervisor({ paths, logger }: DriverInput): Promise<void> {
  const places = { folder: paths.supervisor, recordPath: paths.supervisorRecord }
  const instances = await endLeftoverSupervisor(places)
  logger.warn(
    { instances },
    'supervisord is not installed any more: ended the one that was left with what it ran',
  )
}

/** All runners that this machine supports. The setting chooses the default one. */
async function openRunners(
  input: DriverInput,
  { current, ports, sandbox }: { current: CurrentConfig; ports: PortSource; sandbox: Sandbox },
): Promise<Runners> {
  const { settings, paths, logger, shutdown, instanceSockets: sockets } = input
  const onError = (error: unknown) => logger.error({ err: error }, 'process runner')
  const program = await findProgram('supervisord', input.commandEnv.PATH ?? '')
  const standard = standardModeOf(settings, program)
  const processes = join(paths.run, 'processes')
  // Read at each look at a log, so that a changed value counts at once.
  const logRotation = {
    get maxBytes() {
      return current.number('logs.max_mb') * 1024 ** 2
    },
    get backups() {
      return current.number('logs.backups')
    },
  }
  const local: ModeDriver = {
    mode: 'local',
    make: () => localRunner({ folder: processes, ports, sockets, sandbox, onError, logRotation }),
    wasUsed: () => holdsRecords(processes),
  }
  const { supervisorRecord: recordPath } = paths
  const supervisor = (found: string): ModeDriver => ({
    mode: 'supervisor',
    make: () =>
      supervisorRunner({
        folder: paths.supervisor,
        recordPath,
        program: found,
        ports,
        sockets,
        sandbox,
        onError,
        logRotation,
      }),
    wasUsed: supervisorWasUsed,
  })
  const supervisorWasUsed = async () =>
    (await pathExists(recordPath)) || (await holdsRecords(supervisorRecords(paths.supervisor)))
  if (program === null && (await supervisorWasUsed())) await endUninstalledSupervisor(input)
  const kubernetes = kubernetesDriver(input, { logRotation, holdsRecords, onError })
  const isClusterAlone = standard === 'kubernetes'
  // Another daemon builds, so Docker of this machine would not have the images.
  const hasBuilder = settings.VITRINE_KUBERNETES_BUILDER !== undefined
  const drivers = [
    ...(isClusterAlone ? [] : [local]),
    ...(isClusterAlone || program === null ? [] : [supervisor(program)]),
    ...(isClusterAlone || hasBuilder
      ? []
      : [await dockerDriver(input, { ports, logRotation, holdsRecords, onError })]),
    ...(kubernetes ? [kubernetes] : []),
  ]
  const runner = modeRunners({ standard, drivers })
  await runner.open()
  await removeOtherSockets(sockets, (await runner.reports()).keys())
  shutdown.add('runner', async (ending) => {
    if (!ending.everything) return runner.close()
    await runner.shutdown(atTheEnd)
    await rm(sockets.path, { recursive: true, force: true })
  })
  return runner
}

async function openObjects({ settings, paths, shutdown }: DriverInput): Promise<ObjectStore> {
  if (settings.VITRINE_STORAGE === 'folder') return createFolderStore(paths.objects)
  const { VITRINE_S3_BUCKET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = settings
  const needed = { VITRINE_S3_BUCKET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
  const missing = Object.entries(needed).filter(([, value]) => value === undefined)
  if (!VITRINE_S3_BUCKET || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new SettingsError(
      missing.map(
        ([name]) => `${name}: ${inBoth('VITRINE_STORAGE=s3 需要它', 'needed with VITRINE_STORAGE=s3')}`,
      ),
    )
  // The client library adds half a second to the start, so it is loaded only if it is used.
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

async function openCodeHost(
  { paths, gitAccount: account, jobAccounts: jobs }: DriverInput,
  { sandbox, current }: { sandbox: Sandbox; current: CurrentConfig },
): Promise<CodeHost> {
  const host = createBuiltinCodeHost({
    folder: paths.repositories,
    account,
    jobs,
    sandbox,
    limits: {
      ...defaultUploadLimits,
      // What was stored under a higher setting is still read under a lower one. New commits meet the setting (`registerCommit`).
      get unpackedBytes() {
        return Math.max(defaultUploadLimits.unpackedBytes, unpackedBytesNow(current))
      },
    },
  })
  // A git of a killed control plane may still be working, and may hold a lock.
  if (account) await endAccount(account)
  await host.prepare()
  return host
}

async function makeFolders(paths: DataPaths): Promise<void> {
  // Other accounts may pass through this folder to their own files, but cannot list it.
  await mkdir(paths.root, { recursive: true, mode: 0o711 })
  for (const folder of [paths.secrets, paths.run, paths.gateway, paths.objects, paths.models])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const folder of [paths.runtimes, paths.platformLogs, dirname(paths.postgres)])
    await mkdir(folder, { recursive: true })
  // The modes are set in an existing data folder as well, because one that was copied or restored can have any.
  for (const [folder, mode] of [
    // git's account passes through them to the repositories and to a package that is being stored.
    [paths.repositories, 0o711],
    [paths.uploads, 0o711],
    [paths.arriving, 0o700],
    [paths.environments, 0o711],
    [paths.services, 0o711],
    [paths.serviceLogs, 0o700],
    [paths.platformLogs, 0o700],
  ] as const) {
    await mkdir(folder, { recursive: true, mode })
    await chmod(folder, mode)
  }
}

/** Tells people about a missing sandbox, or one without its filter. */
function sandboxNotes({ state, said, calls }: Sandbox['status']): string[] {
  if (state === 'on' && calls === 'filtered') return []
  if (state === 'on')
    return [`沙箱不限制系统调用（${said}） · sandboxes do not filter system calls (${said})`]
  const why = {
    off: ['VITRINE_SANDBOX=off', 'VITRINE_SANDBOX=off'],
    missing: ['没有安装 bubblewrap', 'bubblewrap is not installed'],
    refused: [`bubblewrap 在本机不可用（${said}）`, `bubblewrap does not work here (${said})`],
  }[state]
  return [`算法与构建不在沙箱中运行：${why[0]} · algorithms and builds run without a sandbox: ${why[1]}`]
}

/** The level of the log as it is set now. */
const levelOf = (current: CurrentConfig): string =>
  current.isOn('app.debug') ? 'debug' : (current.text('logging.level') ?? 'info')

/** Chooses the drivers by the settings and opens them. Registers each to be closed. */
export async function openDrivers(input: DriverInput): Promise<Drivers> {
  const { settings, paths, logger, shutdown } = input
  await makeFolders(paths)
  const onError = (error: unknown) => logger.warn({ err: error }, 'cache')
  const db = await openDatabaseOf(input)
  const current = await openCurrentConfig({
    configs: createConfigsRepository({ db }),
    env: input.env,
    file: input.configFile,
  })
  logger.level = levelOf(current)
  current.subscribe((keys) => {
    logger.level = levelOf(current)
    logger.info({ keys: [...keys] }, 'the configuration has changed')
  })
  const cache = await openCache({ redisUrl: settings.REDIS_URL ?? null, onError })
  shutdown.add('cache', cache.close)
  const { gateway, note } = await openGateway(input, db)
  const claims = machineClaims()
  shutdown.add('claims on ports', () => claims.close())
  const sandbox = await openSandbox({
    isWanted: settings.VITRINE_SANDBOX === 'auto',
    path: input.commandEnv.PATH ?? '',
    hidden: [paths.root, ...(await keyFoldersOf(settings))],
    filterFile: paths.sandboxFilter,
    accounts: input.jobAccounts,
  })
  const ports = instancePortsOf(input, db, claims)
  const runner = input.runner ?? (await openRunners(input, { current, ports, sandbox }))
  return {
    db,
    current,
    cache,
    gateway,
    claims,
    runner,
    clusterNodes: openClusterNodes(input),
    sandbox,
    notes: [
      ...(note === null ? [] : [note]),
      ...sandboxNotes(sandbox.status),
      ...(await dockerNotes(settings)),
      ...(await kubernetesNotes(input)),
    ],
    objects: await openObjects(input),
    mediaTools: await openMediaTools(input, sandbox),
    codeHost: await openCodeHost(input, { sandbox, current }),
  }
}
