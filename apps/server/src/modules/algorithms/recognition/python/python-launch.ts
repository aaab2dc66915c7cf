import type { LaunchPlan } from '@vitrine/contract'
import type { Finding, Sentence } from '../../../sources/finding.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import { importRoot, moduleName, projectFolder } from './find-module.ts'
import { nameIn, notStated, readRequirements } from './requirements.ts'

/** A Python program of the package: from where it is imported and run, and what it needs. */
export type PythonProgram = {
  /** The name by which Python imports its file. */
  module: string
  /** The folder from which its file is imported. */
  root: string
  /** Its file, seen from the folder in which it runs. */
  file: string
  launch: Omit<LaunchPlan, 'start' | 'env'>
  because: Sentence[]
  warnings: Finding[]
}

const below = (folder: string, path: string) => (folder === '' ? path : path.slice(folder.length + 1))

/** What the file of a framework states: a requirements file in place of the usual ones, and further lines. */
export type StatedInstall = { requirements: string | null; install: readonly string[] }

/**
 * Plans how a Python file of the package is run. `framework` is what its code needs, which may be in no requirements
 * file; `server` is what runs it, which need not be.
 */
export async function planPythonProgram(
  reading: PackageReading,
  path: string,
  needs: { framework: readonly string[]; server: readonly string[]; given?: StatedInstall },
): Promise<PythonProgram> {
  const root = await importRoot(reading, path)
  const folder = projectFolder(reading, root)
  const own = needs.given?.install ?? []
  const found = await readRequirements(reading, folder, needs.given?.requirements ?? undefined)
  const stated = { ...found, names: new Set([...found.names, ...own.map(nameIn)]) }
  const missing = notStated(stated, needs.framework)
  const server = notStated(stated, needs.server)
  const because: Sentence[] = []
  if (stated.from !== null)
    because.push(say(`依赖取自 ${stated.from}`, `Dependencies are those in ${stated.from}`))
  if (server.length > 0)
    because.push(say(`平台另外安装 ${server.join('、')}`, `The platform also installs ${server.join(', ')}`))
  const unlisted = say(
    `代码用到 ${missing.join('、')}，但${stated.file === null ? '没有依赖文件写明它' : `${stated.file} 里没有`}。平台会安装最新版；请把它写进 requirements.txt`,
    `The code uses ${missing.join(', ')}, which is in ${stated.file === null ? 'no requirements file' : `none of the lines of ${stated.file}`}. The platform installs the newest version. Add it to requirements.txt`,
  )
  return {
    module: moduleName(root, path),
    root,
    file: below(folder, path),
    launch: {
      folder,
      paths: [...new Set([root, folder])],
      requirements: stated.file,
      install: [...stated.lines, ...own, ...missing, ...server],
    },
    because,
    warnings: [
      ...(missing.length > 0
        ? [{ code: 'launch.requirement_missing', text: unlisted, path: stated.file ?? path }]
        : []),
    ],
  }
}
