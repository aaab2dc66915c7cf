import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
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

/** The name of the environment for these dependencies. Equal inputs share one environment. */
export const nodeEnvironmentHash = (dependencies: NodeDependencies): string =>
  createHash('sha256')
    .update(
      JSON.stringify([process.versions.modules, process.arch, dependencies.packageJson, dependencies.lock]),
    )
    .digest('hex')
    .slice(0, 24)

/**
 * Installs a package's dependencies into a separate folder, by its lock file if it has one. npm gets the
 * variables of `env` and its home.
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
  const { packageJson, lock } = input.dependencies
  await context.report(
    lock === null
      ? { zh: '安装依赖', en: 'installing dependencies' }
      : { zh: '按锁定文件安装依赖', en: 'installing dependencies from the lock file' },
  )
  await writeFile(join(input.folder, 'package.json'), packageJson)
  if (lock !== null) await writeFile(join(input.folder, 'package-lock.json'), lock)
  const args = [
    lock === null ? 'install' : 'ci',
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
