import { chmod, chown, mkdir, open, stat } from 'node:fs/promises'
import type { Manifest, NetworkPolicy, ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { ProcessReason } from '../../adapters/process-runner/process-reason.ts'
import type { ModeRunner } from '../../adapters/process-runner/runners.ts'
import type { Words } from '../../lib/words.ts'
import { giveFolder } from '../../lib/foreign-folder.ts'
import type { RunAs } from '../../lib/run-command.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { PullWaiter } from '../images/image-registry.ts'
import type { StoredImage } from '../images/stored-image.ts'
import type { StoredInstance } from './instances.repository.ts'
import type { BriefRelease } from '../releases/releases.repository.ts'
import { instanceSpec, serviceFolders, type InstanceSettings } from './instance-spec.ts'
import type { InstanceMonitor, LiveInstance } from './instance-monitor.ts'
import type { LiveConfigDeps, VariablesOf } from './live-config.ts'
import type { DiskWatch } from './disk-watch.ts'
import { logFilesOf, type LogOwner } from './log-names.ts'
import { reasonLines, startReasonWords, type Reason } from './reason.ts'
import { runsCutOff } from './network-access.ts'
import { servingRuntime } from './runtime-start.ts'

/** What running instances needs. */
export type InstancesDeps = {
  runner: ModeRunner
  monitor: InstanceMonitor
  settings: InstanceSettings
  /** The account that a service's processes run as. Null for the platform's own. */
  accountOf: (serviceId: string) => Promise<RunAs | null>
  /** The folders of what a release needs installed. None if it needs nothing. */
  environmentOf: (serviceId: string, release: number) => Promise<readonly string[]>
  /** Hides the secrets of a service in what its programs print. */
  maskOf: (serviceId: string) => Promise<(text: string) => string>
  /** The variables that people have set for a service, as they were after a revision of the configuration. */
  variablesOf: VariablesOf
  /** The secret with which the platform sends changed values to an instance. */
  instanceSecretOf: LiveConfigDeps['instanceSecretOf']
  /** Issues a token with which an instance fetches media. */
  issueToken: (instance: { serviceId: string; instanceId: string }) => Promise<string>
  /** Fetches the image of a release if its daemon has lost it. Resolves with why it could not; null if it is there. */
  ensureImage: (image: StoredImage, waiter: PullWaiter) => Promise<Words | null>
  /** Which services take too much of the disk to run. */
  disk: Pick<DiskWatch, 'fullOf'>
  /** The number of requests and runs that an instance is answering now. */
  inFlight: (instance: { id: string }) => Promise<number>
}

/** An instance as its row describes it, with the health settings of its release's manifest. */
export type KnownInstance = LogOwner & {
  id: string
  release: number
  health: Manifest['health']
  mode: ServiceMode
  limits: ResourceLimits
  network: NetworkPolicy
  /** The revision of the configuration whose variables it has. */
  configRevision: number
  /** The image of its release; absent or null if it runs from the folder of the release. */
  image?: StoredImage | null
  /** How often it was restarted because of its health. None for a new instance. */
  healthRestarts?: number
  /** See {@link InstanceMonitor}: the instance does not serve. */
  temporary?: boolean
  /** See {@link InstanceMonitor}: it does not serve yet. */
  onTrial?: boolean
}

/** An instance of a release, from its row. */
export const knownInstance = (
  row: StoredInstance,
  {
    manifest,
    healthPath,
    image,
  }: Pick<BriefRelease, 'healthPath' | 'image'> & { manifest: Pick<BriefRelease['manifest'], 'health'> },
): KnownInstance => ({
  ...row,
  image,
  health: { ...manifest.health, path: manifest.health.path ?? healthPath },
})

/**
 * How waiting for an instance ended. `reason` is a sentence for everybody. `lines` are only for people who
 * may read logs: details that the reason leaves out, and the log since the start.
 */
export type StartResult =
  { ready: true; lines: () => Promise<string[]> } | { ready: false; reason: Words; lines: string[] }

/** How often a starting instance is probed, in milliseconds. Often, because many are ready soon. */
const readyEveryMs = 25
const readySlowingToMs = 150
/** Longer than any probe takes, in milliseconds. */
const oneLookMs = 10_000
const keptLines = 40
/** The number of log lines that explain why an instance was given up. */
const lastLines = 20
const longestLine = 300

/**
 * Creates the folders of a service, or hands them over to its account if they belonged to another one. The
 * service's folder is the platform's; only its account may pass through it to its releases, and only the two
 * folders below belong to that account.
 */
export async function prepareFolders(
  { settings }: Pick<InstancesDeps, 'settings'>,
  serviceId: string,
  account: RunAs | null,
): Promise<void> {
  const { root, work, media } = serviceFolders(settings.paths, serviceId)
  await mkdir(root, { recursive: true })
  if (account) await chown(root, 0, account.gid)
  await chmod(root, account ? 0o710 : 0o700)
  await mkdir(settings.paths.serviceLogs, { recursive: true, mode: 0o700 })
  for (const folder of [work, media]) await giveFolder(folder, account)
}

/**
 * Adds an instance to the runner and to the monitor. Does not start it. Throws `service.network_unavailable` if it is to
 * run without the network and cannot.
 */
export async function addInstance(deps: InstancesDeps, instance: KnownInstance): Promise<void> {
  const { serviceId } = instance
  const runtime = await servingRuntime(releaseFolder(deps, instance))
  const listens = runtime === null || instance.image ? 'port' : 'socket'
  const isCutOff = runsCutOff(deps.settings, { ...instance, listens })
  const user = await deps.accountOf(serviceId)
  await prepareFolders(deps, serviceId, user)
  const environment = await deps.environmentOf(serviceId, instance.release)
  const variables = await deps.variablesOf({
    serviceId,
    release: instance.release,
    revision: instance.configRevision,
  })
  const token = await deps.issueToken({ serviceId, instanceId: instance.id })
  const spec = instanceSpec(deps.settings, {
    ...instance,
    token,
    user,
    environment,
    listens,
    isCutOff,
    variables,
    // Others could not use it, and programs print their environment.
    instanceSecret: runtime === null ? null : await deps.instanceSecretOf(instance.id),
  })
  await deps.runner.add([{ ...spec, mode: instance.mode }])
  deps.monitor.watch(watched(instance))
}

const releaseFolder = (
  { settings }: Pick<InstancesDeps, 'settings'>,
  { serviceId, release }: Pick<KnownInstance, 'serviceId' | 'release'>,
): string => serviceFolders(settings.paths, serviceId).release(release)

/** Whether a release listens on a socket of the process runner, and not on a port. A container has a port. */
export const listensOnSocket = async (
  deps: Pick<InstancesDeps, 'settings'>,
  release: Pick<KnownInstance, 'serviceId' | 'release' | 'image'>,
): Promise<boolean> => !release.image && (await servingRuntime(releaseFolder(deps, release))) !== null

/**
 * Adds an instance that is to be started, unless it was added already. One that does not run, and to which an earlier
 * version of the platform gave a port, is added again if it now listens on a socket.
 */
export async function ensureAdded(deps: InstancesDeps, instance: KnownInstance): Promise<void> {
  const live = deps.monitor.get(instance.id)
  if (!live) return addInstance(deps, instance)
  const hasPort = live.endpoint !== null && 'port' in live.endpoint
  if (!hasPort || live.report?.pid || !(await listensOnSocket(deps, instance))) return
  await removeInstance(deps, instance.id)
  await addInstance(deps, instance)
}

/** An instance as the monitor follows it. */
export const watched = (instance: KnownInstance) => ({
  id: instance.id,
  serviceId: instance.serviceId,
  release: instance.release,
  replica: instance.replica,
  logPart: instance.logPart ?? '',
  healthPath: instance.health.path,
  healthIntervalMs: instance.health.interval_s * 1000,
  startupTimeoutMs: instance.health.startup_timeout_s * 1000,
  configRevision: instance.configRevision,
  healthRestarts: instance.healthRestarts ?? 0,
  temporary: instance.temporary ?? false,
  onTrial: instance.onTrial ?? false,
})

/** Ends an instance with all its processes, and removes it from the runner and the monitor. */
export async function removeInstance(deps: InstancesDeps, id: string): Promise<void> {
  await deps.runner.remove(id)
  deps.monitor.forget(id)
}

const sizeOf = async (path: string) => (await stat(path).catch(() => null))?.size ?? 0

/** The text of a log file from a position on, at most its last 64 KiB. */
async function tailSince(path: string, position: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return []
  try {
    const { size } = await file.stat()
    // The file is smaller than before, so it was rotated and all of it is new.
    const from = Math.max(size < position ? 0 : position, size - 65_536)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - from), position: from })
    return buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } finally {
    await file.close()
  }
}

/** The last lines that an instance logged, shortened to a readable length. Lines of its standard error come last. */
export async function lastLogLines(paths: InstanceSettings['paths'], instance: LogOwner): Promise<string[]> {
  const { stdoutLog, stderrLog } = logFilesOf(paths, instance)
  const lines = [...(await tailSince(stdoutLog, 0)), ...(await tailSince(stderrLog, 0))]
  return lines.slice(-lastLines).map((line) => line.slice(0, longestLine))
}

const failedStates: ReadonlySet<LiveInstance['state']> = new Set(['BACKOFF', 'EXITED', 'FATAL'])

const crashRestartsOf = (live: LiveInstance | null) => live?.report?.restarts ?? 0

/**
 * Why an instance will not become ready, or null while it still may. `restartsBefore` are the restarts before
 * this start.
 */
function whyNot(live: LiveInstance | null, restartsBefore: number): Reason | null {
  if (!live) return { code: 'gone' }
  const ended = (reason: ProcessReason): Reason => ({ code: 'process', reason, lines: [] })
  if (failedStates.has(live.state)) return live.reason ?? ended({ code: 'could_not_start' })
  // The pause before the restart was too short to be seen. What is known of the new process is not the reason.
  if (crashRestartsOf(live) > restartsBefore)
    return ended(live.report?.lastEnd ?? { code: 'could_not_start' })
  const isHopeless = live.health === 'SETUP_FAILED' || live.health === 'DEFUNCT'
  return isHopeless ? live.reason : null
}

/**
 * Starts an instance and waits until its health is READY or BUSY. Does not start it if its service takes too much of the
 * disk, or if its image is gone for good. Ends early if the process ends or its setup
 * fails. If another process takes its port, the runner starts it again with another port. Every attempt has
 * the full time to become ready, and new ports are tried for the same time.
 */
export async function startInstance(
  deps: InstancesDeps,
  instance: KnownInstance,
  { signal, report }: PullWaiter,
): Promise<StartResult> {
  // The nodes of a cluster fetch it themselves.
  const image = instance.mode === 'kubernetes' ? null : instance.image
  const obstacle =
    deps.disk.fullOf(instance.serviceId) ?? (image ? await deps.ensureImage(image, { signal, report }) : null)
  if (obstacle) return { ready: false, reason: obstacle, lines: [] }
  const { stdoutLog, stderrLog } = logFilesOf(deps.settings.paths, instance)
  const before = { stdout: await sizeOf(stdoutLog), stderr: await sizeOf(stderrLog) }
  const lines = async () => {
    const mask = await deps.maskOf(instance.serviceId)
    const all = [
      ...(await tailSince(stdoutLog, before.stdout)),
      ...(await tailSince(stderrLog, before.stderr)),
    ]
    return all.slice(-keptLines).map(mask)
  }
  const restartsBefore = crashRestartsOf(deps.monitor.get(instance.id))
  await deps.runner.start(instance.id)
  const startupMs = instance.health.startup_timeout_s * 1000
  const begunAt = Date.now()
  let processSince = begunAt
  const ended = await waitFor(
    async () => {
      const live = await deps.monitor.probeNow(instance.id)
      if (live?.health === 'READY' || live?.health === 'BUSY') return { ready: true as const }
      const reason = whyNot(live, restartsBefore)
      if (reason !== null) return { ready: false as const, reason }
      const now = Date.now()
      if (live?.report?.lostPort && now - begunAt < startupMs) processSince = now
      return now - processSince >= startupMs ? { ready: false as const, reason: null } : null
    },
    {
      timeoutMs: 2 * startupMs + oneLookMs,
      everyMs: readyEveryMs,
      slowingToMs: readySlowingToMs,
      signal,
    },
  )
  if (ended?.ready) return { ...ended, lines }
  const logged = await lines()
  const seconds = instance.health.startup_timeout_s
  const reason: Reason = ended?.reason ?? {
    code: 'not_ready',
    seconds,
    last: await deps.monitor.lastFinding(instance.id),
  }
  const beside = reason.code === 'process' ? [] : reasonLines(reason).filter((line) => !logged.includes(line))
  return { ready: false, reason: startReasonWords(reason, logged), lines: [...beside, ...logged] }
}
