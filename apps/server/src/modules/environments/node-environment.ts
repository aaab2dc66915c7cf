import { delimiter, isAbsolute, join } from 'node:path'
import type { NodeTools } from '../../lib/node-tools.ts'
import type { Command } from '../../lib/run-command.ts'
import { managerWords } from '../node-projects/package-manager.ts'
import type { BuildContext } from './environment-cache.ts'
import { buildFailed } from './environments.errors.ts'
import type { NodeDependencies } from './node-dependencies.ts'
import { managerCommands, type ManagerCommands, type RegistryAccess } from './node-manager-commands.ts'
import { failureOf, requireSuccess } from './python-environment.ts'

type Run = (step: string, command: Pick<Command, 'file' | 'args'>, cwd: string) => Promise<void>

/**
 * Where programs keep what they want to find again. Their home is the folder of the environment, in which nothing is to stay that
 * does not belong to the package.
 */
const keptElsewhere = (temporary: string): Record<string, string> => ({
  npm_config_cache: join(temporary, 'npm'),
  YARN_CACHE_FOLDER: join(temporary, 'yarn'),
  YARN_GLOBAL_FOLDER: join(temporary, 'yarn-global'),
  XDG_CACHE_HOME: join(temporary, 'cache'),
  XDG_DATA_HOME: join(temporary, 'data'),
  XDG_STATE_HOME: join(temporary, 'state'),
  XDG_CONFIG_HOME: join(temporary, 'config'),
})

/** The Python of the system. Its name has a number on many systems. */
const systemPython = '/usr/bin/python3'

/**
 * Gives the build a program `python`, behind those that the machine has: add-ons call it while they are compiled. Where the system
 * has no Python, the link leads nowhere, and the build says that it is missing. Returns the path on which it is.
 */
async function withPython({ run, temporary }: BuildContext, path: string | undefined): Promise<string> {
  await run({ file: 'ln', args: ['-s', systemPython, join(temporary, 'python')] })
  return [path, temporary].filter(Boolean).join(delimiter)
}

/** The output of a build, without the lines that package managers add about a failed script. */
const ofBuild = (lines: readonly string[]) =>
  lines.filter(
    (line) =>
      !/^(npm (error|ERR!|notice)|\u2009ELIFECYCLE|info Visit https:\/\/yarnpkg|error Command failed)/.test(
        line,
      ),
  )

/** Installs the package manager of the project, unless it is the machine's npm. */
async function installManager(
  run: Run,
  context: BuildContext,
  npm: string,
  commands: ManagerCommands,
): Promise<void> {
  if (commands.distribution === null) return
  const { distribution } = commands
  await context.report({ zh: `安装 ${distribution}`, en: `installing ${distribution}` })
  const args = [
    'install',
    '--prefix',
    commands.folder,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    distribution,
  ]
  await run(`npm install ${distribution}`, { file: npm, args }, context.temporary)
}

async function build(
  context: BuildContext,
  {
    folder,
    dependencies,
    commands,
    npm,
    env,
    read,
  }: {
    folder: string
    dependencies: NodeDependencies
    commands: ManagerCommands
    npm: string
    env: Record<string, string>
    read: readonly string[]
  },
): Promise<void> {
  for (const { command, folder: at } of dependencies.build) {
    await context.report({ zh: `构建：${command}`, en: `building: ${command}` })
    const [program, ...words] = command.split(/\s+/)
    const given =
      program === 'npm'
        ? commands.script(words[1] ?? '')
        : { file: npm, args: ['exec', '--no', '--', ...words] }
    const result = await context.run({ ...given, cwd: join(folder, at), env, read })
    context.signal.throwIfAborted()
    if (result.exitCode === 0) continue
    const { cause, lines, may_pass } = failureOf(context, {
      ...result,
      stdout: ofBuild(result.stdout),
      stderr: ofBuild(result.stderr),
    })
    throw buildFailed({ command, cause, lines, may_pass: cause !== null && may_pass })
  }
}

/**
 * Installs the dependencies of a Node project by its package manager, as its lock file says if it has one; runs its build, with its
 * development dependencies; and removes those. Package managers get the variables of `env` and their home. Throws
 * `deploy.environment_failed` and `deploy.build_failed`.
 */
export async function buildNodeEnvironment(
  context: BuildContext,
  input: {
    folder: string
    dependencies: NodeDependencies
    tools: NodeTools
    env: Readonly<Record<string, string>>
  },
): Promise<void> {
  const { dependencies, folder, tools } = input
  const { npm } = tools
  const { manager, root, keepsDevelopment, isWhole } = dependencies
  const at = join(folder, root)
  const PATH = await withPython(context, input.env.PATH)
  const told = { ...input.env, PATH, ...keptElsewhere(context.temporary) }
  const access = await registryAccess(context, npm, at, told)
  // Yarn finds the file with certificates by this variable, also if only npm's settings name it. The sandbox shows that file (`shown`).
  const env = { ...told, ...(access.caFile !== null && { npm_config_cafile: access.caFile }) }
  const read = access.shown
  const run: Run = async (step, command, cwd) => {
    const result = await context.run({ ...command, cwd, env: { ...env, ...commands.env }, read })
    context.signal.throwIfAborted()
    requireSuccess(context, step, result)
  }
  const commands = managerCommands(manager, { ...tools, access, temporary: context.temporary })
  await installManager(run, context, npm, commands)
  const words = managerWords(manager)
  await context.report(
    manager.lock === null
      ? { zh: `用 ${words} 安装依赖`, en: `installing dependencies with ${words}` }
      : {
          zh: `用 ${words} 按 ${manager.lock} 安装依赖`,
          en: `installing dependencies with ${words} from ${manager.lock}`,
        },
  )
  const all = isWhole || keepsDevelopment
  for (const one of [...commands.before, ...commands.install(all)]) await run(one.words, one, at)
  await build(context, { folder, dependencies, npm, commands, env: { ...env, ...commands.env }, read })
  if (all && !keepsDevelopment) {
    await context.report({ zh: '去掉开发依赖', en: 'removing development dependencies' })
    for (const one of commands.prune) await run(one.words, one, at)
  }
  for (const one of commands.after) await run(one.words, one, at)
}

/** What npm's settings say in a folder of the build, by name. */
async function npmSettings(
  { run }: BuildContext,
  npm: string,
  {
    names,
    ...where
  }: { names: readonly [string, string, ...string[]]; cwd: string; env: Record<string, string> },
): Promise<(name: string) => string | undefined> {
  const { stdout } = await run({ file: npm, args: ['config', 'get', ...names], ...where })
  return (name) => stdout.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** The file with certificates that the settings of the machine name. The home of a build is the folder of the package, so that is left out. */
async function machineCaFile(
  context: BuildContext,
  npm: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const hasOwn = Object.keys(env).some((name) => name.toLowerCase() === 'npm_config_userconfig')
  const stated = await npmSettings(context, npm, {
    names: ['cafile', 'registry'],
    cwd: context.temporary,
    env: { ...env, ...(!hasOwn && { npm_config_userconfig: '/dev/null' }) },
  })
  return stated('cafile')
}

/**
 * What npm's settings say about the registry of a project. Other package managers get these settings. `shown` are the files that the
 * build may read for them: only what the settings of the machine name, because a package could name any file and read it.
 */
async function registryAccess(
  context: BuildContext,
  npm: string,
  cwd: string,
  env: Record<string, string>,
): Promise<RegistryAccess & { shown: string[] }> {
  const stated = await npmSettings(context, npm, { names: ['registry', 'cafile', 'strict-ssl'], cwd, env })
  const [registry = '', named = ''] = [stated('registry'), stated('cafile')]
  const caFile = isAbsolute(named) ? named : null
  const isMachines = caFile !== null && (await machineCaFile(context, npm, env)) === caFile
  return {
    registry: URL.canParse(registry) ? registry : null,
    caFile,
    isChecked: stated('strict-ssl') !== 'false',
    shown: isMachines ? [caFile] : [],
  }
}
