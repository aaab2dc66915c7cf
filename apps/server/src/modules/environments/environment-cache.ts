import { chmod, chown, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { LimitedJobs } from '../../adapters/process-runner/resource-limits/limited-jobs.ts'
import type { Clock } from '../../lib/clock.ts'
import { isDiskFull } from '../../lib/disk-full.ts'
import { giveFolder, removeFolder, takeFolder } from '../../lib/foreign-folder.ts'
import { ifThere } from '../../lib/if-there.ts'
import type { JobAccounts, LentAccount } from '../../lib/job-accounts.ts'
import type { BuildNetwork, NetworkWay } from '../build-network/build-network.ts'
import { withinDisk, type BuildDisk } from './build-disk.ts'
import { isMarkedComplete, markComplete } from './complete-mark.ts'
import { runIn, type BuildFolders, type CommandSettings, type RunInFolder } from './environment-command.ts'
import type { EnvironmentGroups } from './environment-groups.ts'
import { environmentFailed } from './environments.errors.ts'
import { diskFullWords } from './pip-failure.ts'
import { createSharedBuilds, type Waiter } from './shared-build.ts'

/** What the build of one environment gets. `run` runs a command in the folder of the new environment. */
export type BuildContext = Waiter & {
  run: RunInFolder
  /** The network accesses that the build was refused. */
  refused: NetworkWay['refused']
  /** Where {@link Build.copies} are, as in the package. It is removed after the build. */
  copies: string
  /** A folder for files that the build needs only itself. It is removed after the build. */
  temporary: string
}

/** How an environment is built in a folder. */
export type Build = {
  /** What else the package managers must see, such as the folders of an interpreter. */
  read: readonly string[]
  /** The groups of environments that are among `read`. */
  groups?: readonly number[]
  /** Files of the platform that the build starts from, by name. */
  files: Readonly<Record<string, string>>
  /** Files and folders of a package that the build reads. It gets copies, because some builds write beside what they read. */
  copies?: { folder: string; paths: readonly string[] }
  /** Files and folders of a package that stay in the environment, because what is installed leads to them. */
  keeps?: { folder: string; paths: readonly string[] }
  /** Runs the package managers. */
  run: (folder: string, context: BuildContext) => Promise<void>
  /** Lists what was installed. Null if that is not known. */
  list: (folder: string, context: BuildContext) => Promise<string | null>
}

/** Copies these parts of a package to the same places below a folder. Nothing of a package is a link. */
async function copyParts(copies: Build['copies'], target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 })
  for (const path of copies?.paths ?? [])
    await cp(join(copies?.folder ?? '', path), join(target, path), {
      recursive: true,
      verbatimSymlinks: true,
    })
}

/** Where environments are stored, and how they are built. `read` is what all builds see. */
export type EnvironmentCacheDeps = Pick<
  CommandSettings,
  'commandEnv' | 'sandbox' | 'read' | 'timeoutMs' | 'silenceMs'
> & {
  /** Folder of the stored environments. */
  folder: string
  /** Each build has an account of its own, because packages contain their own install code. */
  accounts: JobAccounts
  /** Each build has the limits of an instance for which none are stated. */
  jobs: LimitedJobs
  /** What the folder of a build may take. */
  disk: BuildDisk
  network: BuildNetwork
  /** Closes finished environments to other accounts. */
  groups: EnvironmentGroups
  clock: Clock
}

/** A release that was given an environment has recorded it long before this time ends. */
const handedOutMs = 60 * 60 * 1000
/**
 * The parts of the folder of an environment, which belongs to the platform. Only `content` and `temporary` are
 * written by the build; `temporary` is removed after it.
 */
const parts = {
  content: 'content',
  temporary: 'temporary',
  copies: 'package',
  /** The list of what was installed. */
  lock: 'lock.txt',
}

/**
 * The folder of environments. Each is stored under its hash. An environment is built once for all releases of
 * one owner that need it, and deleted when no release does.
 */
export class EnvironmentCache {
  readonly #deps: EnvironmentCacheDeps
  readonly #builds = createSharedBuilds()
  /** When each environment was last requested, or given to somebody. */
  readonly #askedAt = new Map<string, number>()
  /** How many works use each environment now, besides instances. */
  readonly #users = new Map<string, number>()
  readonly #deleting = new Map<string, Promise<void>>()

  constructor(deps: EnvironmentCacheDeps) {
    this.#deps = deps
  }

  /** The folder with the files of an environment. */
  contentOf(hash: string): string {
    return join(this.#folderOf(hash), parts.content)
  }

  /** The group whose processes may use an environment. Null if it is open to everybody. */
  groupOf(hash: string): Promise<number | null> {
    return this.#deps.groups.of(this.#folderOf(hash))
  }

  /**
   * Closes environments that are open to other accounts. `accounts` are the numbers of services; `servesAll` says whether all
   * instances that use an environment are in a group.
   */
  async close(input: {
    accounts: ReadonlySet<number>
    servesAll: (hash: string, group: number) => Promise<boolean>
  }): Promise<void> {
    const taken = new Set(input.accounts)
    for (const hash of await this.#names()) {
      if (!(await this.has(hash))) continue
      const servesAll = (group: number) => input.servesAll(hash, group)
      const group = await this.#deps.groups.settle(this.#folderOf(hash), { taken, servesAll })
      if (group !== null) taken.add(group)
    }
  }

  /** The list of what is installed in an environment. Null if it was built without one. */
  lockOf(hash: string): Promise<string | null> {
    return ifThere(readFile(join(this.#folderOf(hash), parts.lock), 'utf8'))
  }

  /** Whether an environment is complete, and built for the path where it is. */
  has(hash: string): Promise<boolean> {
    return isMarkedComplete(this.#folderOf(hash), this.contentOf(hash))
  }

  /** Builds an environment unless it exists. Resolves with whether it already existed. */
  async ensure(hash: string, waiter: Waiter, build: Build): Promise<boolean> {
    this.#noteUse(hash)
    await this.#deleting.get(hash)
    if (await this.has(hash)) return true
    await this.#builds.join(hash, waiter, (everybody) => this.#buildOnce(hash, everybody, build))
    // The build may have taken longer than an environment is spared.
    this.#noteUse(hash)
    return false
  }

  /**
   * Deletes environments that no release needs, except those in use and those requested within the last hour.
   * Resolves with their names.
   */
  async collect(inUse: ReadonlySet<string>): Promise<string[]> {
    const deleted: string[] = []
    for (const name of await this.#names()) {
      // Checked again just before the deletion, because a deploy may have requested it since.
      if (inUse.has(name) || this.#builds.has(name) || this.#users.has(name) || this.#wasAskedFor(name))
        continue
      await this.#remove(name)
      deleted.push(name)
    }
    return deleted
  }

  /** Does work with a copy of files of a package as a build does, and keeps nothing of it. `uses`: the environment that it needs. */
  async withoutKeeping(
    waiter: Waiter,
    { uses, ...work }: Omit<Build, 'list'> & { uses: string | null },
  ): Promise<void> {
    const name = `once-${randomUUID()}`
    // It may take longer than an unfinished folder is left alone.
    const inCopy = () =>
      this.#builds.join(name, waiter, async (everybody) => {
        try {
          await this.#build(name, everybody, { ...work, list: async () => null })
        } finally {
          await removeFolder(this.#folderOf(name))
        }
      })
    await (uses === null ? inCopy() : this.#whileUsed(uses, inCopy))
  }

  /** Does work during which an environment is not deleted. It may take longer than an environment is spared. */
  async #whileUsed(hash: string, work: () => Promise<void>): Promise<void> {
    const users = () => this.#users.get(hash) ?? 0
    this.#users.set(hash, users() + 1)
    try {
      await work()
    } finally {
      if (users() > 1) this.#users.set(hash, users() - 1)
      else this.#users.delete(hash)
    }
  }

  async #buildOnce(hash: string, everybody: Waiter, build: Build): Promise<void> {
    // The caller may have left the previous build just when it finished.
    if (await this.has(hash)) return
    const folder = this.#folderOf(hash)
    await removeFolder(folder)
    try {
      await this.#build(hash, everybody, build)
      // Closed to everything but the build until now, whatever that did to its own files.
      await this.#deps.groups.close(folder)
      await markComplete(folder, this.contentOf(hash))
    } catch (error) {
      await removeFolder(folder)
      // What the package has itself is copied before any command of the build.
      if (!isDiskFull(error)) throw error
      const lines = [error.message]
      throw environmentFailed({ command: 'copy', cause: diskFullWords, lines, may_pass: true }, error)
    }
  }

  #build(hash: string, everybody: Waiter, build: Build): Promise<void> {
    const { accounts, commandEnv, disk, jobs, network, sandbox, timeoutMs, silenceMs } = this.#deps
    const times = { timeoutMs, ...(silenceMs && { silenceMs }) }
    const [folder, home] = [this.#folderOf(hash), this.contentOf(hash)]
    const temporary = join(folder, parts.temporary)
    return jobs.within(hash, (limit) => {
      const work = async ({ account }: LentAccount) => {
        await this.#prepareFolders(folder, { home, temporary, account, build })
        const read = [...this.#deps.read, ...build.read]
        const { log } = everybody
        const inNetwork = (signal: AbortSignal) =>
          network.during({ account, ...(log && { log }) }, async (way) => {
            const { groups = [] } = build
            const settings = { commandEnv, account, groups, limit, sandbox, way, ...times, read }
            const run = runIn(settings, { home, temporary }, { signal, ...(log && { onLine: log }) })
            const { refused } = way
            const copies = join(temporary, parts.copies)
            const context = { ...everybody, signal, run, refused, temporary, copies }
            await build.run(home, context)
            const lock = await build.list(home, context)
            // Its folder is closed to the build, so that what is written here stays as it is.
            if (lock !== null) await writeFile(join(folder, parts.lock), lock, { mode: 0o600 })
          })
        await withinDisk(disk, folder, everybody.signal, inNetwork)
      }
      return accounts.lend(work, async (account) => {
        await takeFolder(home, account)
        await removeFolder(temporary)
      })
    })
  }

  /** Creates the folders of a build, of which its account may enter the outer one and write to the others. */
  async #prepareFolders(
    folder: string,
    { home, temporary, account, build }: BuildFolders & Pick<LentAccount, 'account'> & { build: Build },
  ): Promise<void> {
    await mkdir(this.#deps.folder, { recursive: true })
    await mkdir(folder, { mode: 0o700 })
    await mkdir(home, { mode: 0o700 })
    for (const [name, text] of Object.entries(build.files))
      await writeFile(join(home, name), text, { flag: 'wx' })
    await copyParts(build.copies, join(temporary, parts.copies))
    await copyParts(build.keeps, home)
    await giveFolder(home, account)
    await giveFolder(temporary, account)
    if (!account) return
    await chown(folder, 0, account.gid)
    await chmod(folder, 0o710)
  }

  #folderOf(hash: string): string {
    return join(this.#deps.folder, hash)
  }

  /** The names of the stored environments, and of what is being built. */
  #names(): Promise<string[]> {
    return readdir(this.#deps.folder).catch(() => [])
  }

  #noteUse(hash: string): void {
    this.#askedAt.set(hash, this.#deps.clock().getTime())
  }

  #wasAskedFor(hash: string): boolean {
    return this.#deps.clock().getTime() - (this.#askedAt.get(hash) ?? -Infinity) < handedOutMs
  }

  /** Deletes an environment. A caller who requests it during the deletion waits and then builds it. */
  async #remove(hash: string): Promise<void> {
    this.#askedAt.delete(hash)
    const gone = removeFolder(this.#folderOf(hash)).finally(() => this.#deleting.delete(hash))
    this.#deleting.set(hash, gone)
    await gone
  }
}
