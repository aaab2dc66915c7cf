import { posix } from 'node:path'
import type { PackageView } from '../sources/package-view.ts'
import { readPackageFile, type PackageFile } from './package-file.ts'
import { packageManagerOf, type PackageManager } from './package-manager.ts'

/** A `package.json` of a package, and how what it lists is installed. Paths are seen from the top of the package. */
export type NodeProject = {
  folder: string
  content: PackageFile
  /** Where its package manager runs: its own folder, or the one whose workspaces it belongs to. */
  root: string
  /** Whether several projects are installed together. */
  hasWorkspaces: boolean
  manager: PackageManager
}

const parentsOf = (folder: string): string[] =>
  folder === ''
    ? []
    : [posix.dirname(folder) === '.' ? '' : posix.dirname(folder)].flatMap((one) => [one, ...parentsOf(one)])

async function fileIn(view: PackageView, folder: string): Promise<PackageFile | null> {
  const source = await view.readText(posix.join(folder, 'package.json'))
  return source === null ? null : readPackageFile(source)
}

/** Reads the project in a folder of a package. Null if it has no `package.json` that can be read. */
export async function nodeProjectIn(view: PackageView, folder: string): Promise<NodeProject | null> {
  const content = await fileIn(view, folder)
  if (content === null) return null
  const paths = new Set(view.files.map(({ path }) => path))
  const holds = (at: string, file: PackageFile | null) =>
    file?.workspaces !== undefined || paths.has(posix.join(at, 'pnpm-workspace.yaml'))
  let root = folder
  let rootFile = content
  for (const above of parentsOf(folder)) {
    const file = await fileIn(view, above)
    if (!holds(above, file)) continue
    root = above
    rootFile = file ?? content
  }
  const manager = await packageManagerOf(rootFile, {
    has: (name) => paths.has(posix.join(root, name)),
    textOf: (name) => view.readText(posix.join(root, name)),
  })
  // A pnpm-workspace.yaml also has settings of a single project.
  const others = view.files.filter(
    ({ path }) => path.endsWith('/package.json') && path.startsWith(root === '' ? '' : `${root}/`),
  )
  return {
    folder,
    content,
    root,
    hasWorkspaces: holds(root, rootFile) && others.length > (root === '' ? 0 : 1),
    manager,
  }
}

/** Scripts of its own that a project runs while it is installed, and that may read its other files. */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare']

/** Whether installing runs scripts of the project itself. */
export const runsOwnScripts = ({ content }: Pick<NodeProject, 'content'>): boolean =>
  installScripts.some((name) => content.scripts?.[name] !== undefined)
