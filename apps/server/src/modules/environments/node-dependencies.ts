import { posix } from 'node:path'
import type { LaunchPlan } from '@vitrine/contract'
import { nodeProjectIn, runsOwnScripts, type NodeProject } from '../node-projects/node-project.ts'
import type { PackageManager } from '../node-projects/package-manager.ts'
import { pathIn } from '../requirements/requirement-lines.ts'
import { viewFolder, type PackageView } from '../sources/package-view.ts'
import { dependencyMissing, packageFileInvalid } from './environments.errors.ts'
import { digestOf } from './package-digest.ts'

/** What is installed for a Node package, and what is built. */
export type NodeDependencies = {
  /** Where the package manager runs, as a path in the package; "" is its top. */
  root: string
  manager: PackageManager
  /** The parts of the package that the environment starts from, as paths in it; "" is all of it. */
  keeps: string[]
  /** Whether these are all of it, because its own files or projects take part. */
  isWhole: boolean
  /** What these contain. */
  digest: string | null
  build: NonNullable<LaunchPlan['build']>
  /** Whether development dependencies are needed when it runs. */
  keepsDevelopment: boolean
}

/** Files beside a `package.json` that decide what is installed, and folders that they name. */
const deciding = [
  'package.json',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.yarn',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'patches',
]

/** The folders and files of the package that a `package.json` depends on. Throws `deploy.dependency_missing`. */
function localDependencies({ content, folder }: NodeProject, { files }: PackageView): string[] {
  const all = Object.entries({ ...content.dependencies, ...content.optionalDependencies })
  return all.flatMap(([name, version]) => {
    const written = /^(?:file:|link:|portal:|(?=\.{1,2}\/))(.*)$/.exec(version)?.[1]
    if (written === undefined) return []
    const path = pathIn(folder, written)
    const isThere = files.some((file) => file.path === path || file.path.startsWith(`${path}/`))
    if (path === null || path === '' || !isThere) throw dependencyMissing({ name, version })
    return [path]
  })
}

async function readProject(view: PackageView, folder: string): Promise<NodeProject | null> {
  const project = await nodeProjectIn(view, folder)
  const path = posix.join(folder, 'package.json')
  if (project === null && view.files.some((file) => file.path === path))
    throw packageFileInvalid({ reason: path })
  return project
}

/**
 * What a Node package needs installed, by the files of the package and its plan. Null if that is nothing. Throws
 * `deploy.package_file_invalid`, and `deploy.dependency_missing` for a `file:` dependency that is not in the package.
 */
export async function nodeDependencies(
  folder: string,
  launch: Pick<LaunchPlan, 'folder' | 'build' | 'keepsDevelopment'> | undefined,
): Promise<NodeDependencies | null> {
  const view = await viewFolder(folder)
  const project = await readProject(view, launch?.folder ?? '')
  if (project === null) return null
  const { content, root, manager } = project
  const { build = [], keepsDevelopment = false } = launch ?? {}
  const local = localDependencies(project, view)
  const listed = [
    content.dependencies,
    content.optionalDependencies,
    keepsDevelopment ? content.devDependencies : {},
  ]
  const hasAny = listed.some((list) => Object.keys(list ?? {}).length > 0)
  if (!hasAny && build.length === 0 && !project.hasWorkspaces) return null
  const isWhole = build.length > 0 || project.hasWorkspaces || runsOwnScripts(project)
  const beside = [...deciding, ...(manager.lock === null ? [] : [manager.lock])].map((name) =>
    posix.join(root, name),
  )
  const isThere = (path: string) =>
    view.files.some((file) => file.path === path || file.path.startsWith(`${path}/`))
  const keeps = isWhole ? [''] : [...beside.filter(isThere), ...local]
  return {
    root,
    manager,
    keeps,
    isWhole,
    digest: await digestOf(folder, view, keeps),
    build,
    keepsDevelopment,
  }
}
