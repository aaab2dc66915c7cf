import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import { npmEnvironment, type NodeTools } from '../../lib/node-tools.ts'
import { AppError } from '../../lib/errors.ts'
import type { CommandResult } from '../../lib/run-command.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { openWay } from '../build-network/build-network.ts'
import { EnvironmentCache, type EnvironmentCacheDeps } from './environment-cache.ts'
import { namedPaths, runIn, type RunInFolder } from './environment-command.ts'
import {
  interpreterKeyIn,
  isPythonHash,
  nodeEnvironmentHash,
  pythonEnvironmentHash,
} from './environment-hash.ts'
import { nodeDependencies } from './node-dependencies.ts'
import { buildNodeEnvironment } from './node-environment.ts'
import { leadsToOne, moduleLinks, pythonLink, type ReleaseLink } from './release-links.ts'
import { interpreterKey, Interpreters, type Interpreter } from './interpreters.ts'
import type { MachinePython } from '../requirements/python-version.ts'
import { buildPythonEnvironment, pythonOf } from './python-environment.ts'
import { environmentKind } from './environment-kind.ts'
import { listPythonPackages, lockOf, readNodeLock, type EnvironmentLock } from './environment-lock.ts'
import {
  constraintsFile,
  pythonDependencies,
  requirementFiles,
  requirementLines,
  type ReadRequirements,
} from './python-dependencies.ts'
import type { Waiter } from './shared-build.ts'

/** A complete environment, and how a release uses it. */
export type Environment = {
  hash: string
  /** Links from paths of the release to what the environment has for them. */
  links: ReleaseLink[]
  /** A folder with the package and the files that its build and scripts made. Null if none of its own code ran. */
  built: string | null
  /** How many bytes of it may be copied, as much as the build might take of the disk. */
  mostBytes: number
  cached: boolean
  /** What is installed in it. Null if that was not recorded when it was built. */
  lock: EnvironmentLock | null
}

type Deps = EnvironmentCacheDeps & {
  /** Programs to try as the usual Python, in this order. */
  pythonCandidates: readonly string[]
  /** Programs that may be further Pythons, for packages that ask for another version. */
  morePythons: () => Promise<readonly string[]>
  /** The further Pythons that root has examined. */
  trustedPythons?: ReadonlySet<string>
  /** The tools that install and run Node packages. */
  nodeTools: NodeTools
  /** The text of the Python runtime's own requirements file. */
  runtimeRequirements: string
  pipIndexUrl: string | null
}

/** There is no such Python on this machine. */
const unavailable: ReadonlySet<string> = new Set(['deploy.interpreter_missing', 'deploy.python_missing'])

/** `owner` is the owner of the service: environments are shared only between services of one owner. */
type Request = {
  manifest: Manifest
  packageFolder: string
  owner: string
  readRequirements: ReadRequirements
} & Waiter

/**
 * Builds and caches the environments of releases. Equal requirements of one owner share one environment, and it
 * is never built twice at the same time.
 */
export class Environments {
  readonly #deps: Deps
  readonly #cache: EnvironmentCache
  readonly #interpreters: Interpreters

  constructor(deps: Deps) {
    this.#deps = deps
    this.#cache = new EnvironmentCache(deps)
    this.#interpreters = new Interpreters({
      usual: deps.pythonCandidates,
      places: deps.morePythons,
      ...(deps.trustedPythons && { trusted: deps.trustedPythons }),
      run: (command) => this.#ask(command),
      account: () => deps.accounts.lend(async ({ account }) => account),
    })
  }

  /** Whether the interpreter for environments has a module. False without an interpreter. */
  async hasModule(name: string): Promise<boolean> {
    const found = await this.#interpreters.usual().catch(() => null)
    if (found === null) return false
    const script = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)'
    return (await this.#ask({ file: found.file, args: ['-c', script, name] })).exitCode === 0
  }

  /**
   * The Python for a package that asks for this version, and its folders; without one, the usual one. Null if this machine
   * has none.
   */
  async interpreter(requirement?: string): Promise<Pick<Interpreter, 'file' | 'folders'> | null> {
    return this.#interpreters.for(requirement).catch((error: unknown) => {
      if (error instanceof AppError && unavailable.has(error.code)) return null
      throw error
    })
  }

  /** The Pythons of this machine that the platform supports, the usual one first. */
  async pythons(): Promise<MachinePython[]> {
    const all = await this.#interpreters.all()
    return all.map(({ file, version, closed, fault }) => ({ file, version, closed, ...(fault && { fault }) }))
  }

  /**
   * The folders that the environment with this hash consists of when it is used: its own, and those of its
   * interpreter.
   */
  async foldersOf(hash: string): Promise<string[]> {
    const folders = isPythonHash(hash) ? await this.#foldersOfPython(hash) : []
    return [this.#cache.contentOf(hash), ...folders]
  }

  /** Whether a release has its environment: it is complete, and the links in the folder of the release lead to it. */
  async serves(hash: string, release: string): Promise<boolean> {
    if (!(await this.#cache.has(hash))) return false
    const content = this.#cache.contentOf(hash)
    const links = isPythonHash(hash) ? [pythonLink(content)] : await moduleLinks(content, null)
    return links.length === 0 || leadsToOne(release, links)
  }

  /** The group whose processes may use the environment with this hash. Null if it is open to everybody. */
  groupOf(hash: string): Promise<number | null> {
    return this.#cache.groupOf(hash)
  }

  /** Closes environments that are open to other accounts, as {@link EnvironmentCache.close} says. */
  close(input: Parameters<EnvironmentCache['close']>[0]): Promise<void> {
    return this.#cache.close(input)
  }

  /** The environment that a package needs, from the cache or newly built. Null if it needs none. */
  async prepare(request: Request): Promise<Environment | null> {
    const kind = await environmentKind(request.packageFolder, request.manifest, request.readRequirements)
    if (kind === 'python') return this.#preparePython(request)
    return kind === 'node' ? this.#prepareNode(request) : null
  }

  /**
   * Runs a command of a package in a copy of its folder, as a build runs: in its sandbox, with its limits, account and network. What the
   * package needs is linked into the folder already. Nothing of the copy is kept.
   */
  async runInCopy(input: {
    packageFolder: string
    environment: Environment | null
    command: readonly [string, ...string[]]
    timeoutMs: number
    waiter: Waiter
  }): Promise<CommandResult> {
    const { packageFolder, environment, timeoutMs, waiter } = input
    const [file, ...args] = input.command
    const folders = environment ? await this.foldersOf(environment.hash) : []
    const group = environment && (await this.groupOf(environment.hash))
    const results: CommandResult[] = []
    await this.#cache.withoutKeeping(waiter, {
      uses: environment?.hash ?? null,
      read: folders,
      groups: group === null ? [] : [group],
      files: {},
      keeps: { folder: packageFolder, paths: await readdir(packageFolder) },
      run: async (folder, { run }) => {
        const { commandEnv, nodeTools } = this.#deps
        const path = [
          join(folder, 'venv', 'bin'),
          join(folder, 'node_modules', '.bin'),
          dirname(nodeTools.node),
          commandEnv.PATH,
        ]
        const env = { ...commandEnv, PATH: path.join(':'), PYTHONUNBUFFERED: '1', CI: 'true' }
        results.push(await run({ file, args, env, timeoutMs }))
      },
    })
    const [result] = results
    if (!result) throw new Error('the command of a package was not run')
    return result
  }

  /**
   * Deletes environments that no release needs, except those in use and those requested within the last hour.
   * Resolves with their names.
   */
  collect(inUse: ReadonlySet<string>): Promise<string[]> {
    return this.#cache.collect(inUse)
  }

  /** Runs a command of the machine that only answers a question. */
  #ask: RunInFolder = (command) => {
    const { commandEnv, accounts, timeoutMs } = this.#deps
    const folders = { home: '/', temporary: tmpdir() }
    return accounts.lend(({ account }) =>
      runIn(
        {
          commandEnv,
          account,
          limit: async (one) => one,
          sandbox: noSandbox,
          way: openWay,
          read: [],
          timeoutMs,
        },
        folders,
      )(command),
    )
  }

  async #foldersOfPython(hash: string): Promise<string[]> {
    const usual = await this.#interpreters.usual().catch(() => null)
    const key = interpreterKeyIn(hash)
    if (key === null) return usual?.folders ?? []
    const all = (await this.#interpreters.all()).flatMap(({ interpreter }) => interpreter ?? [])
    return all.find((one) => interpreterKey(one) === key)?.folders ?? []
  }

  async #preparePython(request: Request): Promise<Environment> {
    const { manifest, packageFolder, owner, readRequirements } = request
    const own = await pythonDependencies(packageFolder, manifest, readRequirements)
    const runtime = usesRuntime(manifest) ? requirementLines(this.#deps.runtimeRequirements) : null
    const files = requirementFiles(own, runtime ?? [])
    const interpreter = await this.#interpreters.for(manifest.python)
    const usual = await this.#interpreters.usual()
    // Debian has one folder of packages for all its Pythons, in which the compiled parts are those of its usual one.
    const isAlone = interpreter !== usual && interpreter.folders[0] === usual.folders[0]
    const hash = pythonEnvironmentHash({ interpreter, usual, own, runtime, owner, isAlone })
    const { pipIndexUrl: indexUrl } = this.#deps
    const cached = await this.#cache.ensure(hash, request, {
      files,
      copies: { folder: packageFolder, paths: own.local },
      read: interpreter.folders,
      run: (folder, context) =>
        buildPythonEnvironment(context, {
          folder,
          interpreter,
          requirements: Object.keys(files).filter((file) => file !== constraintsFile),
          constraints: [...own.limits, ...(constraintsFile in files ? [join(folder, constraintsFile)] : [])],
          indexUrl,
          isWhole: runtime === null,
          isAlone,
        }),
      list: (folder, context) => {
        const { number } = interpreter
        return listPythonPackages(context, { file: pythonOf(folder), number })
      },
    })
    return {
      hash,
      links: [pythonLink(this.#cache.contentOf(hash))],
      built: null,
      mostBytes: this.#deps.disk.limitBytes,
      cached,
      lock: await this.#lockOf(hash),
    }
  }

  async #prepareNode(request: Request): Promise<Environment | null> {
    const { manifest, packageFolder, owner } = request
    const dependencies = await nodeDependencies(packageFolder, manifest.launch)
    if (!dependencies) return null
    const hash = nodeEnvironmentHash(dependencies, owner)
    const { nodeTools, commandEnv } = this.#deps
    const env = await npmEnvironment(nodeTools, commandEnv)
    const cached = await this.#cache.ensure(hash, request, {
      files: {},
      keeps: { folder: packageFolder, paths: dependencies.keeps },
      read: namedPaths(env),
      run: (folder, context) =>
        buildNodeEnvironment(context, { folder, dependencies, tools: nodeTools, env }),
      list: (folder, context) => {
        const { root, manager } = dependencies
        return readNodeLock(context, { folder, root, lock: manager.lock })
      },
    })
    const content = this.#cache.contentOf(hash)
    const links = await moduleLinks(content, dependencies.isWhole ? null : dependencies.root)
    const lock = await this.#lockOf(hash)
    const { limitBytes: mostBytes } = this.#deps.disk
    return { hash, links, built: dependencies.isWhole ? content : null, mostBytes, cached, lock }
  }

  async #lockOf(hash: string): Promise<EnvironmentLock | null> {
    const text = await this.#cache.lockOf(hash)
    return text === null ? null : lockOf(text)
  }
}
