import { pathExists } from '../../lib/path-exists.ts'
import type { Said } from '../../lib/words.ts'
import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import { runCommand, type Command, type CommandResult } from '../../lib/run-command.ts'
import type { Clock } from '../../lib/clock.ts'
import type { SystemUser } from '../../lib/system-user.ts'
import { buildNodeEnvironment, nodeDependencies, nodeEnvironmentHash } from './node-environment.ts'
import {
  buildPythonEnvironment,
  findInterpreter,
  pythonEnvironmentHash,
  requirementLines,
  type Interpreter,
} from './python-environment.ts'
import { createSharedBuilds } from './shared-build.ts'

/** What building one environment is given. */
export type BuildContext = {
  /** Runs a command in the new environment's folder, as the low-privilege user where the platform is root. */
  run: (command: Pick<Command, 'file' | 'args'>) => Promise<CommandResult>
  report: (message: Said) => Promise<void>
  signal: AbortSignal
}

/** An environment that is whole, and the name under which a release links to it. */
export type Environment = { hash: string; link: { name: string; target: string }; cached: boolean }

type Deps = {
  /** Folder of the cached environments. */
  folder: string
  /** Python interpreters to try, in order. */
  pythonCandidates: readonly string[]
  npm: string
  /** Environment variables that package managers need: PATH, proxies, registries. */
  commandEnv: Readonly<Record<string, string>>
  /** Text of the Python runtime's own requirements. */
  runtimeRequirements: string
  pipIndexUrl: string | null
  /** Who runs package managers, since packages bring their own install code; null for ourselves. */
  user: SystemUser | null
  clock: Clock
}

/** Long enough for a large download on a slow line. */
const installTimeoutMs = 60 * 60 * 1000
/** A release that was handed an environment has noted it long before this is over. */
const handedOutMs = 60 * 60 * 1000
/** Written last: a folder without it was left by a build that did not end. */
const completeMark = '.complete'

/** Makes and caches the environments of releases; equal requirements share one, and two builds of one never run at once. */
export type Environments = ReturnType<typeof createEnvironments>

export function createEnvironments(deps: Deps) {
  const builds = createSharedBuilds()
  /** When an environment was last asked for. */
  const askedAt = new Map<string, number>()
  const deleting = new Map<string, Promise<void>>()
  let interpreter: Promise<Interpreter> | null = null

  const runIn = (cwd: string, signal?: AbortSignal) => (command: Pick<Command, 'file' | 'args'>) =>
    runCommand(
      {
        ...command,
        cwd,
        env: { ...deps.commandEnv, HOME: cwd },
        ...(deps.user && { runAs: { uid: deps.user.uid, gid: deps.user.gid } }),
      },
      { timeoutMs: installTimeoutMs, ...(signal && { signal }) },
    )

  const python = () => {
    interpreter ??= findInterpreter(deps.pythonCandidates, runIn('/'))
    // A machine that gets its Python later must not need a restart.
    interpreter.catch(() => (interpreter = null))
    return interpreter
  }

  /** Hands what the low-privilege user has built to ourselves, so that no service can change what others share. */
  async function seal(folder: string): Promise<void> {
    if (deps.user)
      await runCommand({ file: 'chown', args: ['-R', '-h', '0:0', folder], cwd: '/', env: deps.commandEnv })
    await writeFile(join(folder, completeMark), '')
  }

  async function buildOnce(hash: string, build: (folder: string) => Promise<void>): Promise<void> {
    const folder = join(deps.folder, hash)
    // The build before may have been left just as it ended.
    if (await pathExists(join(folder, completeMark))) return
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    if (deps.user) await chown(folder, deps.user.uid, deps.user.gid)
    try {
      await build(folder)
      await seal(folder)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  type Request = { manifest: Manifest; packageFolder: string } & Omit<BuildContext, 'run'>

  async function ensure(
    hash: string,
    request: Request,
    build: (folder: string, context: BuildContext) => Promise<void>,
  ): Promise<boolean> {
    askedAt.set(hash, deps.clock().getTime())
    await deleting.get(hash)
    if (await pathExists(join(deps.folder, hash, completeMark))) return true
    await builds.join(hash, request, (everybody) =>
      buildOnce(hash, (folder) => build(folder, { ...everybody, run: runIn(folder, everybody.signal) })),
    )
    return false
  }

  async function preparePython(request: Request): Promise<Environment> {
    const own = await readFile(join(request.packageFolder, 'requirements.txt'), 'utf8').catch(() => '')
    const runtime = usesRuntime(request.manifest) ? deps.runtimeRequirements : ''
    const requirements = [...requirementLines(runtime), ...requirementLines(own)]
    const found = await python()
    const hash = `python-${pythonEnvironmentHash(found, requirements)}`
    const cached = await ensure(hash, request, async (folder, context) => {
      const requirementsFile = join(folder, 'requirements.txt')
      await writeFile(requirementsFile, `${requirements.join('\n')}\n`)
      await buildPythonEnvironment(context, {
        folder,
        interpreter: found,
        requirementsFile,
        indexUrl: deps.pipIndexUrl,
      })
    })
    return { hash, link: { name: 'venv', target: join(deps.folder, hash) }, cached }
  }

  async function prepareNode(request: Request): Promise<Environment | null> {
    const dependencies = await nodeDependencies(request.packageFolder)
    if (!dependencies) return null
    const hash = `node-${nodeEnvironmentHash(dependencies)}`
    const cached = await ensure(hash, request, (folder, context) =>
      buildNodeEnvironment(context, { folder, dependencies, npm: deps.npm }),
    )
    return { hash, link: { name: 'node_modules', target: join(deps.folder, hash, 'node_modules') }, cached }
  }

  const wasAskedFor = (hash: string) =>
    deps.clock().getTime() - (askedAt.get(hash) ?? -Infinity) < handedOutMs

  /** Deletes an environment; who asks for it meanwhile waits, then builds it. */
  async function remove(hash: string): Promise<void> {
    askedAt.delete(hash)
    const gone = rm(join(deps.folder, hash), { recursive: true, force: true }).finally(() =>
      deleting.delete(hash),
    )
    deleting.set(hash, gone)
    await gone
  }

  return {
    /** Whether the interpreter that environments are made with has a module; without an interpreter there is none. */
    async hasModule(name: string): Promise<boolean> {
      const found = await python().catch(() => null)
      const script = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)'
      return (
        found !== null && (await runIn('/')({ file: found.file, args: ['-c', script, name] })).exitCode === 0
      )
    },
    /** The environment that a package needs, from the cache or made now; null where it needs none. */
    prepare: (request: Request): Promise<Environment | null> => {
      if (request.manifest.runtime === 'python') return preparePython(request)
      return request.manifest.runtime === 'node' ? prepareNode(request) : Promise.resolve(null)
    },
    /** Deletes environments that no release needs, but for those that were asked for within the last hour; returns their names. */
    async collect(inUse: ReadonlySet<string>): Promise<string[]> {
      const names = await readdir(deps.folder).catch(() => [])
      const deleted: string[] = []
      for (const name of names) {
        // Looked at just before its end: a deploy may have asked for it since.
        if (inUse.has(name) || builds.has(name) || wasAskedFor(name)) continue
        await remove(name)
        deleted.push(name)
      }
      return deleted
    },
  }
}
