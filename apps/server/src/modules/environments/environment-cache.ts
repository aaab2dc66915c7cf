import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { runCommand } from '../../lib/run-command.ts'
import { runIn, type CommandSettings, type RunInFolder } from './environment-command.ts'
import { createSharedBuilds, type Waiter } from './shared-build.ts'

/** What building one environment is given. `run` runs a command in the new environment's folder. */
export type BuildContext = Waiter & { run: RunInFolder }

/** Where environments are kept, and as whom they are built. */
export type EnvironmentCacheDeps = CommandSettings & {
  /** Folder of the cached environments. */
  folder: string
  clock: Clock
}

/** A release that was handed an environment has noted it long before this is over. */
const handedOutMs = 60 * 60 * 1000
/** Written last: a folder without it was left by a build that did not end. */
const completeMark = '.complete'

/** The folder of environments, each under its hash and whole: one is built once for all who need it, and deleted when none does. */
export class EnvironmentCache {
  readonly #deps: EnvironmentCacheDeps
  readonly #builds = createSharedBuilds()
  /** When an environment was last asked for. */
  readonly #askedAt = new Map<string, number>()
  readonly #deleting = new Map<string, Promise<void>>()

  constructor(deps: EnvironmentCacheDeps) {
    this.#deps = deps
  }

  /** Where an environment is. */
  folderOf(hash: string): string {
    return join(this.#deps.folder, hash)
  }

  /** Makes an environment unless it is there; whether it was. */
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

  /** Deletes environments that no release needs, but for those that were asked for within the last hour; returns their names. */
  async collect(inUse: ReadonlySet<string>): Promise<string[]> {
    const names = await readdir(this.#deps.folder).catch(() => [])
    const deleted: string[] = []
    for (const name of names) {
      // Looked at just before its end: a deploy may have asked for it since.
      if (inUse.has(name) || this.#builds.has(name) || this.#wasAskedFor(name)) continue
      await this.#remove(name)
      deleted.push(name)
    }
    return deleted
  }

  async #buildOnce(folder: string, build: () => Promise<void>): Promise<void> {
    const { user } = this.#deps
    // The build before may have been left just as it ended.
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

  /** Hands what the low-privilege user has built to ourselves, so that no service can change what others share. */
  async #seal(folder: string): Promise<void> {
    const { user, commandEnv: env } = this.#deps
    if (user) await runCommand({ file: 'chown', args: ['-R', '-h', '0:0', folder], cwd: '/', env })
    await writeFile(join(folder, completeMark), '')
  }

  #wasAskedFor(hash: string): boolean {
    return this.#deps.clock().getTime() - (this.#askedAt.get(hash) ?? -Infinity) < handedOutMs
  }

  /** Deletes an environment; who asks for it meanwhile waits, then builds it. */
  async #remove(hash: string): Promise<void> {
    this.#askedAt.delete(hash)
    const gone = rm(this.folderOf(hash), { recursive: true, force: true }).finally(() =>
      this.#deleting.delete(hash),
    )
    this.#deleting.set(hash, gone)
    await gone
  }
}
