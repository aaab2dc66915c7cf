import { posix } from 'node:path'
import type { LaunchPlan } from '@vitrine/contract'
import { readPackageFile } from '../../../node-projects/package-file.ts'
import type { NodeProject } from '../../../node-projects/node-project.ts'
import type { Finding } from '../../../sources/finding.ts'
import { nodeFilesOf } from '../launch/start-script.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import type { Start } from './start-command.ts'

type BuildCommand = NonNullable<LaunchPlan['build']>[number]

/** What a Node server needs before it can be started. */
export type BuildStep = { build: BuildCommand[]; keepsDevelopment: boolean; problems: Finding[] }

/** Programs that run TypeScript as it is, or translate it while it is loaded. They are packages of the project. */
const loaders =
  /(?:^|[\s/=])(?:tsx|ts-node|ts-node-esm|@swc-node\/register|esbuild-register|babel-node|sucrase)(?=[\s/]|$)/

/** Programs that are in no environment of a service, and those that only watch. */
const developerTools = /(?:^|[\s;&|])(npm|yarn|pnpm|nest|nx|ts-node-dev|nodemon|vite|tsc|bun|deno)(?=\s|$)/

/** Commands before the start that make files. Others, such as changes of a database, belong to the start. */
const making =
  /^(?:npm|pnpm|yarn)\s+(?:run\s+)?build\S*$|^(?:npx\s+)?(?:tsc|tsup|nest|esbuild|webpack|rollup|vite|swc|babel|rimraf|tsc-alias|copyfiles|cpx|shx)(?=\s|$)/
const installing = /^(?:npm|pnpm|yarn)(?:\s+(?:i|install|ci)(?:\s+\S+)*)?$/
/** Words that are one argument each without a shell. */
const plainWords = /^[\w@.:/=,+-]+(?:\s+[\w@.:/=,*+-]+)*$/

/** The most projects of a workspace that are looked at. */
const projectsAtMost = 200

/** A place where compiled files usually are. */
const compiled = /^(?:\.\/)?(?:dist|build|lib|out|output|\.output)\//

const wordsOf = (command: string) => command.split(/\s+/).map((word) => word.replaceAll(/^["']|["']$/g, ''))

/** The files of a command that the package does not have. */
function missingFiles(reading: PackageReading, folder: string, command: string): string[] {
  const named = [
    ...nodeFilesOf(command),
    ...wordsOf(command).filter((word) => compiled.test(word) || /^[\w./-]+\.[cm]?[jt]s$/.test(word)),
  ]
  const isThere = (file: string) =>
    [file, `${file}.js`, `${file}/index.js`].some((path) => reading.has(posix.join(folder, path)))
  return [...new Set(named)].filter((file) => !isThere(file.replace(/^(\.\/)+/, '')))
}

/** A command of a script as one that needs no shell. Null if it needs one. */
function commandFor(part: string): string | null {
  const script = /^(?:npm|pnpm|yarn)\s+(?:run\s+)?([\w:.-]+)$/.exec(part)?.[1]
  if (script !== undefined) return `npm run ${script}`
  return plainWords.test(part) ? `npx ${part.replace(/^npx\s+/, '')}` : null
}

/** The script that builds a project, by its name. */
const buildScriptOf = ({ scripts }: NodeProject['content']): string | undefined =>
  ['build', 'build:prod', 'compile', 'prestart'].find((name) => scripts?.[name] !== undefined)

/** The projects of the same workspace that a project depends on, those that others need first. */
async function neededProjects(reading: PackageReading, project: NodeProject): Promise<BuildCommand[]> {
  const inside = reading.files.filter(({ path }) => path.endsWith('/package.json')).slice(0, projectsAtMost)
  const byName = new Map<string, { folder: string; content: NodeProject['content'] }>()
  for (const { path } of inside) {
    const content = readPackageFile((await reading.readText(path)) ?? '')
    if (content?.name !== undefined) byName.set(content.name, { folder: posix.dirname(path), content })
  }
  const built = new Map<string, BuildCommand | null>()
  const visit = (content: NodeProject['content']) => {
    for (const name of Object.keys({ ...content.dependencies, ...content.devDependencies })) {
      const needed = byName.get(name)
      if (needed === undefined || built.has(name)) continue
      // Noted before what it needs, so that a circle ends.
      built.set(name, null)
      visit(needed.content)
      built.delete(name)
      const script = buildScriptOf(needed.content)
      built.set(name, script === undefined ? null : { folder: needed.folder, command: `npm run ${script}` })
    }
  }
  visit(project.content)
  return [...built.values()].flatMap((one) => (one === null || one.folder === project.folder ? [] : [one]))
}

/** What builds a project: its own script, that of its workspaces, or the compiler of TypeScript. Empty if there is none. */
async function buildOf(reading: PackageReading, project: NodeProject): Promise<BuildCommand[]> {
  const { folder, root, content } = project
  const above = root === folder ? null : await reading.readText(posix.join(root, 'package.json'))
  if (above !== null && readPackageFile(above)?.scripts?.build !== undefined)
    return [{ folder: root, command: 'npm run build' }]
  const before = root === folder ? [] : await neededProjects(reading, project)
  const script = buildScriptOf(content)
  if (script !== undefined) return [...before, { folder, command: `npm run ${script}` }]
  const listed = { ...content.dependencies, ...content.devDependencies }
  const compiles = listed.typescript !== undefined && reading.has(posix.join(folder, 'tsconfig.json'))
  return compiles ? [...before, { folder, command: 'npx tsc' }] : []
}

const problem = (zh: string, en: string, path: string): Finding => ({
  code: 'launch.needs_build',
  text: say(zh, en),
  path,
})

/** How the files from which a server is started are made. Problems say what is missing. */
export async function buildStepOf(
  reading: PackageReading,
  project: NodeProject,
  start: Start,
): Promise<BuildStep> {
  const { folder } = project
  const path = posix.join(folder, 'package.json')
  const keepsDevelopment = loaders.test(start.command)
  const before = start.before.filter((part) => making.test(part)).map(commandFor)
  const stated = before.flatMap((command) => (command === null ? [] : [{ folder, command }]))
  const missing = missingFiles(reading, folder, start.command)
  const build = stated.length > 0 ? stated : missing.length > 0 ? await buildOf(reading, project) : []
  const tool = developerTools.exec(start.command)?.[1]
  const problems: Finding[] = []
  if (tool !== undefined)
    problems.push(
      problem(
        `启动脚本用到 ${tool}，服务的环境里没有它。请让 start 直接运行构建的结果，例如 node dist/main.js`,
        `The start script uses ${tool}, which services do not have. Let start run the result of the build itself, for example node dist/main.js`,
        path,
      ),
    )
  else if (missing.length > 0 && build.length === 0)
    problems.push(
      problem(
        `${missing[0]} 不在包里，package.json 也没有 build 脚本。请写上构建它的脚本，例如 "build": "tsc"`,
        `${missing[0]} is not in the package, and package.json has no script build. Write the script that makes it, for example "build": "tsc"`,
        path,
      ),
    )
  return { build, keepsDevelopment, problems }
}

/** The commands before the start that stay there. */
export const staysBefore = ({ before }: Pick<Start, 'before'>): string[] =>
  before.filter((part) => !making.test(part) && !installing.test(part))
