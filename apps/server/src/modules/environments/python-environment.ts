import { join } from 'node:path'
import type { Command, CommandResult } from '../../lib/run-command.ts'
import type { Words } from '../../lib/words.ts'
import type { BuildContext } from './environment-cache.ts'
import { environmentFailed } from './environments.errors.ts'
import type { Interpreter } from './interpreters.ts'
import { installFromIndex } from './pip-install.ts'
import { failureCause, mayPass, withoutRetries } from './pip-failure.ts'
import { checkingArgs } from './installed-packages.ts'
import { fittingReleases } from './uv-solution.ts'

/** The last lines of a failed command, and the cause, if the lines show it or the network was refused. */
export function failureOf(
  { refused }: Pick<BuildContext, 'refused'>,
  { startError, stdout, stderr, ended }: Pick<CommandResult, 'startError' | 'stdout' | 'stderr' | 'ended'>,
) {
  const said = startError ? [startError] : [...stdout, ...stderr]
  const late = ended === 'timeout' ? tooLate : ended === 'silence' ? tooSilent : null
  return {
    cause: failureCause(said, refused()) ?? late,
    lines: withoutRetries(said).slice(-40),
    may_pass: late !== null || mayPass(said),
  }
}

const tooSilent: Words = {
  zh: '它很久没有任何输出，已经停止。可能是软件源不回答，或安装程序在等待输入',
  en: 'It printed nothing for a long time and was ended. An index that does not answer may be why, or a program that waits for an input',
}

const tooLate: Words = {
  zh: '它没有在时限内完成，已经停止。可能是软件源不回答，或要从源码编译的太多',
  en: 'It did not end in time and was ended. An index that does not answer may be why, or much that is compiled from its source',
}

/** Throws `deploy.environment_failed` with the cause, if its words show it or the network was refused. */
export function requireSuccess(
  context: Pick<BuildContext, 'refused'>,
  step: string,
  result: CommandResult,
  search: Words | null = null,
): void {
  if (result.exitCode === 0) return
  const failure = failureOf(context, result)
  // A search that did not end says more than that it took too long.
  const cause = result.ended === null ? (failure.cause ?? search) : (search ?? failure.cause)
  throw environmentFailed({ command: step, ...failure, cause })
}

async function must(
  context: BuildContext,
  step: string,
  command: Pick<Command, 'file' | 'args' | 'cwd'>,
): Promise<void> {
  const result = await context.run(command)
  context.signal.throwIfAborted()
  requireSuccess(context, step, result)
}

/** How often pip tries to reach an index again. It waits 15 seconds each time. */
const retries = '2'

/** Whether all commands succeed, one after the other. */
async function installsLocally(
  { run, signal }: BuildContext,
  commands: readonly Pick<Command, 'file' | 'args' | 'cwd'>[],
): Promise<boolean> {
  for (const command of commands) {
    const { exitCode } = await run(command)
    signal.throwIfAborted()
    if (exitCode !== 0) return false
  }
  return true
}

/** The Python of an environment. Pure. */
export const pythonOf = (folder: string): string => join(folder, 'bin', 'python')

/** The pip that works on an environment. One that is alone does not see the pip of its interpreter. Pure. */
function pipOf({
  folder,
  interpreter,
  isAlone,
}: {
  folder: string
  interpreter: Pick<Interpreter, 'file' | 'hasPip'>
  isAlone: boolean
}): Pick<Command, 'file' | 'args'> {
  const python = pythonOf(folder)
  return isAlone && interpreter.hasPip
    ? { file: interpreter.file, args: ['-m', 'pip', '--python', python] }
    : { file: python, args: ['-m', 'pip'] }
}

/**
 * Creates a virtual environment. Nothing is installed if the machine has everything. Otherwise first tries to install from
 * what it has, without an index, and then with the index. `requirements` are files of the folder that are installed one after the other, and `constraints`
 * limit versions. If `isWhole`, nothing older of the machine stands in for what the index has: a package that was written
 * for a clean environment may need newer versions than it says.
 */
export async function buildPythonEnvironment(
  context: BuildContext,
  input: {
    folder: string
    interpreter: Interpreter
    requirements: readonly string[]
    /** Files, those of the package as seen from its top. */
    constraints: readonly string[]
    indexUrl: string | null
    isWhole: boolean
    /** Whether it uses no packages of the machine, because those are compiled for another Python. */
    isAlone: boolean
  },
): Promise<void> {
  const { folder, interpreter } = input
  await context.report({
    zh: `创建虚拟环境（Python ${interpreter.number}）`,
    en: `creating the virtual environment (Python ${interpreter.number})`,
  })
  const venv = [
    '-m',
    'venv',
    ...(input.isAlone ? [] : ['--system-site-packages']),
    ...(interpreter.hasPip ? ['--without-pip'] : []),
    folder,
  ]
  await must(context, 'python -m venv', { file: interpreter.file, args: venv, cwd: folder })
  const always = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--retries', retries]
  const constraints = input.constraints.flatMap((file) => ['-c', file])
  const { file: program, args } = pipOf(input)
  const pip = (file: string, more: readonly string[]) => ({
    file: program,
    args: [...args, 'install', ...always, '-r', join(folder, file), ...constraints, ...more],
    cwd: context.copies,
  })
  await context.report({ zh: '检查本机已有的软件包', en: 'checking the packages on this machine' })
  const files = input.requirements.map((file) => join(folder, file))
  // A limit may exclude the installed version.
  const check = { file: pythonOf(folder), args: checkingArgs(files), cwd: folder }
  if (constraints.length === 0 && (await installsLocally(context, [check]))) return
  const local = input.requirements.map((file) => pip(file, ['--no-index']))
  if (await installsLocally(context, local)) return
  context.log?.('— not everything is on this machine')
  await context.report({ zh: '从软件源安装依赖', en: 'installing dependencies from the package index' })
  const index = input.indexUrl === null ? [] : ['--index-url', input.indexUrl]
  // Several files are installed one after the other, and a later one must not replace what an earlier one has.
  const isWhole = input.isWhole && input.requirements.length === 1
  const all = isWhole ? ['--upgrade', '--upgrade-strategy', 'eager'] : []
  for (const file of input.requirements) {
    const command = pip(file, [...all, ...index])
    await installFile(context, input, { file, command, pip: { file: program, args }, constraints })
  }
}

/** Installs a requirements file from the index. */
async function installFile(
  context: BuildContext,
  { folder, indexUrl }: { folder: string; indexUrl: string | null },
  install: {
    file: string
    command: Pick<Command, 'file' | 'args' | 'cwd'>
    pip: Pick<Command, 'file' | 'args'>
    constraints: readonly string[]
  },
): Promise<void> {
  const { file, command, constraints } = install
  const question = {
    pip: { ...install.pip, cwd: command.cwd },
    python: pythonOf(folder),
    requirements: join(folder, file),
  }
  const { result, search } = await installFromIndex(context, command, () =>
    fittingReleases(context, { ...question, constraints, indexUrl }),
  )
  requireSuccess(context, `pip install -r ${file}`, result, search)
}
