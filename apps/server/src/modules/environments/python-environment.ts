import { pathExists } from '../../lib/path-exists.ts'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Command } from '../../lib/run-command.ts'
import type { BuildContext } from './environment-cache.ts'
import type { RunInFolder } from './environment-command.ts'
import { environmentFailed, interpreterMissing } from './environments.errors.ts'

/** A Python that can create virtual environments. `folders` are those of its program and libraries. */
export type Interpreter = { file: string; version: string; hasPip: boolean; folders: string[] }

/**
 * Prints the program itself as the second line, because a candidate may be a link or a script that is elsewhere. A
 * link beside its libraries stays: that of a virtual environment leads out of it.
 */
const probe = `
import importlib.util, os, sys, venv
beside = sys.executable.startswith(sys.prefix + os.sep)
print(sys.version.replace("\\n", " "))
print(sys.executable if beside else os.path.realpath(sys.executable))
print(importlib.util.find_spec("pip") is not None)
print(sys.prefix)
print(sys.base_prefix)`

/** The first interpreter that exists, runs and can create virtual environments. */
export async function findInterpreter(candidates: readonly string[], run: RunInFolder): Promise<Interpreter> {
  for (const candidate of candidates) {
    const exists = await pathExists(candidate)
    if (!exists) continue
    const result = await run({ file: candidate, args: ['-c', probe] })
    const [version, file, hasPip, ...folders] = result.stdout
    if (result.exitCode === 0 && version && file) return { file, version, hasPip: hasPip === 'True', folders }
  }
  throw interpreterMissing({ runtime: 'Python', looked_for: [...candidates] })
}

/** The name of an owner's environment for these requirements. Equal inputs share one environment. */
export function pythonEnvironmentHash(
  interpreter: Interpreter,
  requirements: readonly string[],
  owner: string,
): string {
  const inputs = [interpreter.file, interpreter.version, [...requirements].sort(), owner]
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 24)
}

async function must(
  context: BuildContext,
  step: string,
  command: Pick<Command, 'file' | 'args'>,
): Promise<void> {
  const result = await context.run(command)
  context.signal.throwIfAborted()
  if (result.exitCode === 0) return
  const lines = result.startError ? [result.startError] : [...result.stdout, ...result.stderr]
  throw environmentFailed({ command: step, lines: lines.slice(-40) })
}

/**
 * Creates a virtual environment. First tries to install from what the machine has, without an index, and then
 * with the index. `requirementsFile` holds the requirements of the runtime and of the package.
 */
export async function buildPythonEnvironment(
  context: BuildContext,
  input: { folder: string; interpreter: Interpreter; requirementsFile: string; indexUrl: string | null },
): Promise<void> {
  const { folder, interpreter } = input
  await context.report({ zh: '创建虚拟环境', en: 'creating the virtual environment' })
  const venv = [
    '-m',
    'venv',
    '--system-site-packages',
    ...(interpreter.hasPip ? ['--without-pip'] : []),
    folder,
  ]
  await must(context, 'python -m venv', { file: interpreter.file, args: venv })
  const python = join(folder, 'bin', 'python')
  const pip = [
    '-m',
    'pip',
    'install',
    '--no-input',
    '--disable-pip-version-check',
    '-r',
    input.requirementsFile,
  ]
  await context.report({ zh: '检查本机已有的软件包', en: 'checking the packages on this machine' })
  const local = await context.run({ file: python, args: [...pip, '--no-index'] })
  context.signal.throwIfAborted()
  if (local.exitCode === 0) return
  await context.report({ zh: '从软件源安装依赖', en: 'installing dependencies from the package index' })
  const index = input.indexUrl === null ? [] : ['--index-url', input.indexUrl]
  await must(context, 'pip install -r requirements.txt', { file: python, args: [...pip, ...index] })
}
