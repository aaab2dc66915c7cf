import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import { npmEnvironment, type NodeTools } from '../../lib/node-tools.ts'
import { EnvironmentCache, type EnvironmentCacheDeps } from './environment-cache.ts'
import { runIn } from './environment-command.ts'
import { buildNodeEnvironment, nodeDependencies, nodeEnvironmentHash } from './node-environment.ts'
import {
  buildPythonEnvironment,
  findInterpreter,
  pythonEnvironmentHash,
  requirementLines,
  type Interpreter,
} from './python-environment.ts'
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

type Request = { manifest: Manifest; packageFolder: string } & Waiter

/**
 * Builds and caches the environments of releases. Equal requirements share one environment, and it is never
 * built twice at the same time.
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
    return (await runIn(this.#deps, '/')({ file: found.file, args: ['-c', script, name] })).exitCode === 0
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

  #python(): Promise<Interpreter> {
    this.#interpreter ??= findInterpreter(this.#deps.pythonCandidates, runIn(this.#deps, '/'))
    // After a failure it is searched again, so that installing Python later needs no restart.
    this.#interpreter.catch(() => (this.#interpreter = null))
    return this.#interpreter
  }

  async #preparePython(request: Request): Promise<Environment> {
    const own = await readFile(join(request.packageFolder, 'requirements.txt'), 'utf8').catch(() => '')
    const runtime = usesRuntime(request.manifest) ? this.#deps.runtimeRequirements : ''
    const requirements = [...requirementLines(runtime), ...requirementLines(own)]
    const interpreter = await this.#python()
    const hash = `python-${pythonEnvironmentHash(interpreter, requirements)}`
    const cached = await this.#cache.ensure(hash, request, async (folder, context) => {
      const requirementsFile = join(folder, 'requirements.txt')
      await writeFile(requirementsFile, `${requirements.join('\n')}\n`)
      const indexUrl = this.#deps.pipIndexUrl
      await buildPythonEnvironment(context, { folder, interpreter, requirementsFile, indexUrl })
    })
    return { hash, link: { name: 'venv', target: this.#cache.folderOf(hash) }, cached }
  }

  async #prepareNode(request: Request): Promise<Environment | null> {
    const dependencies = await nodeDependencies(request.packageFolder)
    if (!dependencies) return null
    const hash = `node-${nodeEnvironmentHash(dependencies)}`
    const { nodeTools, commandEnv } = this.#deps
    const env = await npmEnvironment(nodeTools, commandEnv)
    const cached = await this.#cache.ensure(hash, request, (folder, context) =>
      buildNodeEnvironment(context, { folder, dependencies, npm: nodeTools.npm, env }),
    )
    const target = join(this.#cache.folderOf(hash), 'node_modules')
    return { hash, link: { name: 'node_modules', target }, cached }
  }
}
