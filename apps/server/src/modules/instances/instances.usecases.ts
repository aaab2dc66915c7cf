import { chmod, chown, mkdir } from 'node:fs/promises'
import type { ModeRunner } from '../../adapters/process-runner/runners.ts'
import type { Words } from '../../lib/words.ts'
import { giveFolder } from '../../lib/foreign-folder.ts'
import type { RunAs } from '../../lib/run-command.ts'
import type { PullWaiter } from '../images/image-registry.ts'
import type { StoredImage } from '../images/stored-image.ts'
import { instanceSpec, serviceFolders, type InstanceSettings } from './instance-spec.ts'
import type { InstanceMonitor } from './instance-monitor.ts'
import { watched, type KnownInstance } from './known-instance.ts'
import type { LiveConfigDeps, VariablesOf } from './live-config.ts'
import type { InstalledDependencies } from './installed-dependencies.ts'
import type { DiskWatch } from './disk-watch.ts'
import { runsCutOff } from './network-access.ts'
import { servingRuntime } from './runtime-start.ts'

/** What running instances needs. */
export type InstancesDeps = {
  runner: ModeRunner
  monitor: InstanceMonitor
  settings: InstanceSettings
  /** The account that a service's processes run as. Null for the platform's own. */
  accountOf: (serviceId: string) => Promise<RunAs | null>
  /**
   * The folders of what a release needs installed, none if it needs nothing, and the group whose processes may use them;
   * null if everybody may.
   */
  environmentOf: (
    serviceId: string,
    release: number,
  ) => Promise<{ folders: readonly string[]; group: number | null }>
  /** Hides the secrets of a service in what its programs print. */
  maskOf: (serviceId: string) => Promise<(text: string) => string>
  /** The variables that people have set for a service, as they were after a revision of the configuration. */
  variablesOf: VariablesOf
  /** The secret with which the platform sends changed values to an instance. */
  instanceSecretOf: LiveConfigDeps['instanceSecretOf']
  /** Issues a token with which an instance fetches media. */
  issueToken: (instance: { serviceId: string; instanceId: string }) => Promise<string>
  /** Installs again what a release needs if it was lost. */
  dependencies: InstalledDependencies
  /** Fetches the image of a release if its daemon has lost it. Resolves with why it could not; null if it is there. */
  ensureImage: (image: StoredImage, waiter: PullWaiter) => Promise<Words | null>
  /** Which services take too much of the disk to run. */
  disk: Pick<DiskWatch, 'fullOf'>
  /** The number of requests and runs that these instances together are answering now. Null if the gateway does not say it. */
  inFlight: (instances: readonly { id: string }[]) => Promise<number | null>
  /** How long an instance may go on with its present requests before it is ended, milliseconds, as it is set now. */
  longestDrainMs: () => number
}

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
  const account = await deps.accountOf(serviceId)
  await prepareFolders(deps, serviceId, account)
  const { folders: environment, group } = await deps.environmentOf(serviceId, instance.release)
  const user = account && group !== null ? { ...account, groups: [group] } : account
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
    // Only our runtimes use the secret. Other programs do not get it, because they may print their environment.
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

/** Adds an instance that is to be started, unless it was added already. */
export async function ensureAdded(deps: InstancesDeps, instance: KnownInstance): Promise<void> {
  if (!deps.monitor.get(instance.id)) await addInstance(deps, instance)
}

/** Ends an instance with all its processes, and removes it from the runner and the monitor. */
export async function removeInstance(deps: InstancesDeps, id: string): Promise<void> {
  await deps.runner.remove(id)
  deps.monitor.forget(id)
}
