import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BuildContext } from './environment-cache.ts'
import { environmentFailed } from './environments.errors.ts'

const packageFile = z.looseObject({ dependencies: z.record(z.string(), z.string()).optional() })

/** The files of a Node package that decide what is installed. */
export type NodeDependencies = { packageJson: string; lock: string | null }

const read = (path: string) =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })

/** The dependencies of a Node package. Null if it has none. */
export async function nodeDependencies(folder: string): Promise<NodeDependencies | null> {
  const packageJson = await read(join(folder, 'package.json'))
  if (packageJson === null) return null
  const { dependencies } = packageFile.parse(JSON.parse(packageJson))
  if (!dependencies || Object.keys(dependencies).length === 0) return null
  return { packageJson, lock: await read(join(folder, 'package-lock.json')) }
}

/** The name of an owner's environment for these dependencies. Equal inputs share one environment. */
export function nodeEnvironmentHash({ packageJson, lock }: NodeDependencies, owner: string): string {
  const inputs = [process.versions.modules, process.arch, packageJson, lock, owner]
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 24)
}

/**
 * Installs the dependencies of the package.json in the folder of the build, by its lock file if it is locked.
 * npm gets the variables of `env` and its home.
 */
export async function buildNodeEnvironment(
  context: BuildContext,
  input: {
    isLocked: boolean
    npm: string
    env: Readonly<Record<string, string>>
  },
): Promise<void> {
  const { isLocked } = input
  await context.report(
    isLocked
      ? { zh: '按锁定文件安装依赖', en: 'installing dependencies from the lock file' }
      : { zh: '安装依赖', en: 'installing dependencies' },
  )
  const args = [
    isLocked ? 'ci' : 'install',
    '--omit=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
  ]
  const result = await context.run({ file: input.npm, args, env: input.env })
  context.signal.throwIfAborted()
  if (result.exitCode === 0) return
  const lines = result.startError ? [result.startError] : [...result.stdout, ...result.stderr]
  throw environmentFailed({ command: `npm ${args[0]}`, lines: lines.slice(-40) })
}
