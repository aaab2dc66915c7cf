import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import { npmEnvironment, type NodeTools } from '../../lib/node-tools.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { EnvironmentCache, type EnvironmentCacheDeps } from './environment-cache.ts'
import { runIn, type RunInFolder } from './environment-command.ts'
import { buildNodeEnvironment, nodeDependencies, nodeEnvironmentHash } from './node-environment.ts'
import {
  buildPythonEnvironment,
  findInterpreter,
  pythonEnvironmentHash,
  type Interpreter,
} from './python-environment.ts'
import { readRequirements, requirementLines } from './requirements-file.ts'
import type { Waiter } from './shared-build.ts'

/** A complete environment, and the name under which a release links to it. */
export type Environment = { hash: string; link: { name: string; target: string }; cached: boolean }

type Deps = EnvironmentCacheDeps & {
  /** Python interpreters to try, in this order. */
  pythonCandidates: readonly string[]
  /** The tools that install and run Node packages. */
  nodeTools: NodeTools
  /** The text of the Python runtime's own requirements file. */
  runtimeRequirements: string
  pipIndexUrl: string | null
}

const pythonPrefix = 'python-'

/** `owner` is the owner of the service: environments are shared only between services of one owner. */
type Request = { manifest: Manifest; packageFolder: string; owner: string } & Waiter

/**
 * Builds and caches the environments of releases. Equal requirements of one owner share one environment, and it
 * is never built twice at the same time.
 */
export class Environments {
  readonly #deps: Deps
  readonly #cache: EnvironmentCache
  #interpreter: Promise<Interpreter> | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#cache = new EnvironmentCache(deps)
  }

  /** Whether the interpreter for environments has a module. False without an interpreter. */
  async hasModule(name: string): Promise<boolean> {
    const found = await this.#python().catch(() => null)
    if (found === null) return false
    const script = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)'
    return (await this.#ask({ file: found.file, args: ['-c', script, name] })).exitCode === 0
  }

  /**
   * The folders that the environment with this hash consists of when it is used: its own, and those of its
   * interpreter.
   */
  async foldersOf(hash: string): Promise<string[]> {
    const interpreter = hash.startsWith(pythonPrefix) ? await this.#python().catch(() => null) : null
    return [this.#cache.contentOf(hash), ...(interpreter?.folders ?? [])]
  }

  /** The environment that a package needs, from the cache or newly built. Null if it needs none. */
  async prepare(request: Request): Promise<Environment | null> {
    if (request.manifest.runtime === 'python') return this.#preparePython(request)
    return request.manifest.runtime === 'node' ? this.#prepareNode(request) : null
  }

  /**
   * Deletes environments that no release needs, except those requested within the last hour. Resolves with
   * their names.
   */
  collect(inUse: ReadonlySet<string>): Promise<string[]> {
    return this.#cache.collect(inUse)
  }

  /** Runs a command of the machine that only answers a question. */
  #ask: RunInFolder = (command) => {
    const { commandEnv, accounts } = this.#deps
    const folders = { home: '/', temporary: tmpdir() }
    return accounts.lend(({ account }) =>
      runIn(
        { commandEnv, account, limit: async (one) => one, sandbox: noSandbox, read: [] },
        folders,
      )(command),
    )
  }

  #python(): Promise<Interpreter> {
    this.#interpreter ??= findInterpreter(this.#deps.pythonCandidates, (command) => this.#ask(command))
    // After a failure it is searched again, so that installing Python later needs no restart.
    this.#interpreter.catch(() => (this.#interpreter = null))
    return this.#interpreter
  }

  async #preparePython(request: Request): Promise<Environment> {
    const { launch } = request.manifest
    const file = launch ? launch.requirements : 'requirements.txt'
    const own = file === null ? [] : await readRequirements(request.packageFolder, file)
    const runtime = usesRuntime(request.manifest) ? this.#deps.runtimeRequirements : ''
    const requirements = [...requirementLines(runtime), ...own, ...(launch?.install ?? [])]
    const interpreter = await this.#python()
    const hash = `${pythonPrefix}${pythonEnvironmentHash(interpreter, requirements, request.owner)}`
    const { pipIndexUrl: indexUrl } = this.#deps
    const cached = await this.#cache.ensure(hash, request, {
      files: { 'requirements.txt': `${requirements.join('\n')}\n` },
      read: interpreter.folders,
      run: (folder, context) =>
        buildPythonEnvironment(context, {
          folder,
          interpreter,
          requirementsFile: join(folder, 'requirements.txt'),
          indexUrl,
        }),
    })
    return { hash, link: { name: 'venv', target: this.#cache.contentOf(hash) }, cached }
  }

  async #prepareNode(request: Request): Promise<Environment | null> {
    const dependencies = await nodeDependencies(request.packageFolder)
    if (!dependencies) return null
    const hash = `node-${nodeEnvironmentHash(dependencies, request.owner)}`
    const { nodeTools, commandEnv } = this.#deps
    const env = await npmEnvironment(nodeTools, commandEnv)
    const { packageJson, lock } = dependencies
    const cached = await this.#cache.ensure(hash, request, {
      files: { 'package.json': packageJson, ...(lock !== null && { 'package-lock.json': lock }) },
      read: [],
      run: (_folder, context) =>
        buildNodeEnvironment(context, { isLocked: lock !== null, npm: nodeTools.npm, env }),
    })
    const target = join(this.#cache.contentOf(hash), 'node_modules')
    return { hash, link: { name: 'node_modules', target }, cached }
  }
}
