import { mkdir, readdir, rm } from 'node:fs/promises'
import pLimit from 'p-limit'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { Words } from '../../lib/words.ts'
import type { Environments } from '../environments/environments.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { InstanceMonitor } from '../instances/instance-monitor.ts'
import type { InstalledDependencies } from '../instances/installed-dependencies.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import { linkKeptFolders, prepareEnvironment, type InstallDeps } from './build.ts'
import type { DeployDeps } from './deploy.types.ts'

/** What restoring needs. */
type Deps = Omit<InstallDeps, 'environments' | 'releases'> &
  Pick<DeployDeps, 'codeHost'> & {
    releases: Pick<DeployDeps['releases'], 'get' | 'update' | 'keepLock'>
    services: Pick<ServicesRepository, 'get'>
    environments: Pick<Environments, 'prepare' | 'serves'>
    monitor: Pick<InstanceMonitor, 'ofService'>
    /** How many releases are restored at the same time. */
    atOnce: number
  }

type Of = { serviceId: string; release: number }

const begun: Words = {
  zh: '它安装好的依赖不在了，正在重新安装',
  en: 'its installed dependencies are gone; installing them again',
}

/**
 * Creates what installs the dependencies of releases again that were lost: by a restored backup without them, or because the data
 * folder has another path. Equal environments are built once, as in a deploy.
 */
export function createReleaseRestorer(deps: Deps): InstalledDependencies {
  const queue = keyedQueue()
  const limit = pLimit(deps.atOnce)
  /** The instances whose processes were described before the dependencies of their release were restored. */
  const outdated = new Set<string>()
  const folders = ({ serviceId, release }: Of) => {
    const of = serviceFolders(deps.paths, serviceId)
    return { folder: of.release(release), packageFolder: `${of.release(release)}.package`, work: of.work }
  }

  /** The release, if what was installed for it is gone. A container has it in its image. */
  async function lost(of: Of): Promise<StoredRelease | null> {
    const stored = await deps.releases.get(of.serviceId, of.release)
    if (!stored || stored.environmentHash === null || stored.image) return null
    return (await deps.environments.serves(stored.environmentHash, folders(of).folder)) ? null : stored
  }

  async function restore(
    of: Of,
    release: StoredRelease,
    waiter: Parameters<InstalledDependencies['ensure']>[1],
  ) {
    const { folder, packageFolder, work } = folders(of)
    const { signal, report } = waiter
    await report(begun)
    const service = await loadService(deps, of.serviceId)
    // Starts from the code as it was uploaded: the name of the environment follows from it, and must be the same as in the deploy.
    await rm(packageFolder, { recursive: true, force: true })
    await mkdir(packageFolder)
    try {
      const { algorithmId } = service
      await deps.codeHost.checkout({ algorithmId, commit: release.commit, folder: packageFolder, signal })
      await prepareEnvironment(deps, { service, release, folder, packageFolder, context: { signal } }, report)
      const brings = await readdir(packageFolder)
      if (!brings.includes('start.sh')) await linkKeptFolders(folder, work, release.manifest)
    } finally {
      await rm(packageFolder, { recursive: true, force: true })
    }
    for (const live of deps.monitor.ofService(of.serviceId))
      if (live.release === of.release) outdated.add(live.id)
  }

  return {
    areLost: async (of) => (await lost(of)) !== null,
    async ensure(instance, waiter) {
      // Instances of one release come one after the other: the first may restore it, and the next find it restored.
      await queue.run(`${instance.serviceId} ${instance.release}`, async () => {
        const release = await lost(instance)
        if (release)
          await limit(async () => {
            waiter.signal.throwIfAborted()
            await restore(instance, release, waiter)
          })
      })
      return outdated.delete(instance.id)
    },
  }
}
