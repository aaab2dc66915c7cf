import { join } from 'node:path'
import type { Command } from '../../lib/run-command.ts'
import { managerWords } from '../node-projects/package-manager.ts'
import type { BuildContext } from './environment-cache.ts'
import { buildFailed } from './environments.errors.ts'
import type { NodeDependencies } from './node-dependencies.ts'
import { managerCommands, type ManagerCommands } from './node-manager-commands.ts'
import { failureOf, needSuccess } from './python-environment.ts'

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

/** What a build printed, without what package managers say of a script that failed. */
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
  }: {
    folder: string
    dependencies: NodeDependencies
    commands: ManagerCommands
    npm: string
    env: Record<string, string>
  },
): Promise<void> {
  for (const { command, folder: at } of dependencies.build) {
    await context.report({ zh: `构建：${command}`, en: `building: ${command}` })
    const [program, ...words] = command.split(/\s+/)
    const given =
      program === 'npm'
        ? commands.script(words[1] ?? '')
        : { file: npm, args: ['exec', '--no', '--', ...words] }
    const result = await context.run({ ...given, cwd: join(folder, at), env })
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
    npm: string
    env: Readonly<Record<string, string>>
  },
): Promise<void> {
  const { dependencies, folder, npm } = input
  const { manager, root, keepsDevelopment, isWhole } = dependencies
  const at = join(folder, root)
  const env = { ...input.env, ...keptElsewhere(context.temporary) }
  const run: Run = async (step, command, cwd) => {
    const result = await context.run({ ...command, cwd, env: { ...env, ...commands.env } })
    context.signal.throwIfAborted()
    needSuccess(context, step, result)
  }
  const node = { npm, registry: await registryOf(context, npm, at, env), temporary: context.temporary }
  const commands = managerCommands(manager, node)
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
  for (const one of commands.install(all)) await run(one.words, one, at)
  await build(context, { ...input, commands, env: { ...env, ...commands.env } })
  if (!all || keepsDevelopment) return
  await context.report({ zh: '去掉开发依赖', en: 'removing development dependencies' })
  for (const one of commands.prune) await run(one.words, one, at)
}

/** The registry that npm uses for a project, which other package managers are told. */
async function registryOf(
  context: BuildContext,
  npm: string,
  cwd: string,
  env: Record<string, string>,
): Promise<string | null> {
  const { stdout } = await context.run({ file: npm, args: ['config', 'get', 'registry'], cwd, env })
  return stdout.find((line) => URL.canParse(line)) ?? null
}
