import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { runCommand } from '../../lib/run-command.ts'
import { runIn, type CommandSettings, type RunInFolder } from './environment-command.ts'
import { createSharedBuilds, type Waiter } from './shared-build.ts'

/** What the build of one environment gets. `run` runs a command in the folder of the new environment. */
export type BuildContext = Waiter & { run: RunInFolder }

/** Where environments are stored, and as which user they are built. */
export type EnvironmentCacheDeps = CommandSettings & {
  /** Folder of the stored environments. */
  folder: string
  clock: Clock
}

/** A release that was given an environment has recorded it long before this time ends. */
const handedOutMs = 60 * 60 * 1000
/** Written last. A folder without this file is left from a build that did not end. */
const completeMark = '.complete'

/**
 * The folder of environments. Each is stored under its hash. An environment is built once for all releases
 * that need it, and deleted when no release does.
 */
export class EnvironmentCache {
  readonly #deps: EnvironmentCacheDeps
  readonly #builds = createSharedBuilds()
  /** When each environment was last requested. */
  readonly #askedAt = new Map<string, number>()
  readonly #deleting = new Map<string, Promise<void>>()

  constructor(deps: EnvironmentCacheDeps) {
    this.#deps = deps
  }

  /** The folder of an environment. */
  folderOf(hash: string): string {
    return join(this.#deps.folder, hash)
  }

  /** Builds an environment unless it exists. Resolves with whether it already existed. */
  async ensure(
    hash: string,
    waiter: Waiter,
    build: (folder: string, context: BuildContext) => Promise<void>,
  ): Promise<boolean> {
    this.#askedAt.set(hash, this.#deps.clock().getTime())
    await this.#deleting.get(hash)
    const folder = this.folderOf(hash)
    if (await pathExists(join(folder, completeMark))) return true
    await this.#builds.join(hash, waiter, (everybody) =>
      this.#buildOnce(folder, () =>
        build(folder, { ...everybody, run: runIn(this.#deps, folder, everybody.signal) }),
      ),
    )
    return false
  }

  /**
   * Deletes environments that no release needs, except those requested within the last hour. Resolves with
   * their names.
   */
  async collect(inUse: ReadonlySet<string>): Promise<string[]> {
    const names = await readdir(this.#deps.folder).catch(() => [])
    const deleted: string[] = []
    for (const name of names) {
      // Checked again just before the deletion, because a deploy may have requested it since.
      if (inUse.has(name) || this.#builds.has(name) || this.#wasAskedFor(name)) continue
      await this.#remove(name)
      deleted.push(name)
    }
    return deleted
  }

  async #buildOnce(folder: string, build: () => Promise<void>): Promise<void> {
    const { user } = this.#deps
    // The caller may have left the previous build just when it finished.
    if (await pathExists(join(folder, completeMark))) return
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    if (user) await chown(folder, user.uid, user.gid)
    try {
      await build()
      await this.#seal(folder)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /**
   * Changes the owner of the files that the low-privilege user built to the platform's user, so that no
   * service can change what others share.
   */
  async #seal(folder: string): Promise<void> {
    const { user, commandEnv: env } = this.#deps
    if (user) await runCommand({ file: 'chown', args: ['-R', '-h', '0:0', folder], cwd: '/', env })
    await writeFile(join(folder, completeMark), '')
  }

  #wasAskedFor(hash: string): boolean {
    return this.#deps.clock().getTime() - (this.#askedAt.get(hash) ?? -Infinity) < handedOutMs
  }

  /** Deletes an environment. A caller who requests it during the deletion waits and then builds it. */
  async #remove(hash: string): Promise<void> {
    this.#askedAt.delete(hash)
    const gone = rm(this.folderOf(hash), { recursive: true, force: true }).finally(() =>
      this.#deleting.delete(hash),
    )
    this.#deleting.set(hash, gone)
    await gone
  }
}
