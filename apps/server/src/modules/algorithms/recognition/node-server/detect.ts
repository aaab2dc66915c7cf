import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import { nodeProjectIn, type NodeProject } from '../../../node-projects/node-project.ts'
import { managerWords } from '../../../node-projects/package-manager.ts'
import { lockFindings } from './lock-findings.ts'
import { madeFolders } from './made-folders.ts'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { buildStepOf, staysBefore } from './build-step.ts'
import { ownServerIn } from './own-server.ts'
import { isRunByNode, startByFile, startOf, type Start } from './start-command.ts'

/** Packages for servers, by the name that people know. */
const servers: Readonly<Record<string, string>> = {
  express: 'Express',
  fastify: 'Fastify',
  koa: 'Koa',
  '@nestjs/core': 'Nest',
  hono: 'Hono',
  '@hono/node-server': 'Hono',
  '@hapi/hapi': 'hapi',
  restify: 'restify',
  polka: 'Polka',
  '@apollo/server': 'Apollo Server',
  'socket.io': 'Socket.IO',
}

/** The names of the frameworks for servers that are recognised. */
export const serverNames: readonly string[] = [...new Set(Object.values(servers))]

/** No package has more servers than this. */
const projectsAtMost = 20

/** The folders with a `package.json`, the top first. */
const projectFolders = ({ files }: Pick<PackageReading, 'files'>): string[] =>
  files
    .map(({ path }) => path)
    .filter((path) => path === 'package.json' || (path.endsWith('/package.json') && mayBeEntry(path)))
    .map((path) => path.replace(/\/?package\.json$/, ''))
    .toSorted((one, other) => one.split('/').length - other.split('/').length || one.length - other.length)
    .slice(0, projectsAtMost)

const frameworkOf = ({ content }: NodeProject): string | null => {
  const known = Object.keys(content.dependencies ?? {}).find((name) => Object.hasOwn(servers, name))
  return known === undefined ? null : (servers[known] ?? null)
}

/** The framework for servers that a `package.json` depends on, by the name that people know. Null if there is none. */
export async function serverFramework(reading: PackageReading): Promise<string | null> {
  for (const folder of projectFolders(reading)) {
    const project = await nodeProjectIn(reading, folder)
    const framework = project && frameworkOf(project)
    if (framework !== null) return framework
  }
  return null
}

const bin = (folder: string) =>
  folder === '' ? '$PWD/node_modules/.bin' : `$PWD/${folder}/node_modules/.bin`

/** The variables of its process. Programs of the project come before those of its workspaces. */
function envOf({ folder, root }: NodeProject): Record<string, string> {
  const folders = [...new Set([folder, root])]
  return { NODE_ENV: 'production', PATH: `"${folders.map(bin).join(':')}:$PATH"` }
}

/** An entry of a project as it is seen from the top of the package. */
function entryIn(folder: string, entry: string): string {
  if (folder === '') return entry
  return entry.startsWith('npm ')
    ? entry.replace('npm ', `npm --prefix ${folder} `)
    : posix.join(folder, entry)
}

async function planOf(
  reading: PackageReading,
  project: NodeProject,
  start: Start,
): Promise<Omit<Plan, 'because' | 'entry'> & { told: Plan['because'] }> {
  const step = await buildStepOf(reading, project, start)
  const { folder } = project
  const command = [...staysBefore(start), start.command].join(' && ')
  const writes = await madeFolders(reading, folder)
  const told = step.build.map((one) => {
    const where = one.folder === '' ? '' : ` (${one.folder})`
    return say(
      `部署时先构建：${one.command}${where}`,
      `It is built when it is deployed: ${one.command}${where}`,
    )
  })
  return {
    ...planFor('node-server', 'node', '', []),
    problems: step.problems,
    warnings: lockFindings(reading, project),
    told,
    launch: {
      folder,
      paths: [],
      requirements: null,
      install: [],
      env: envOf(project),
      start: command,
      ...(step.build.length > 0 && { build: step.build }),
      ...(step.keepsDevelopment && { keepsDevelopment: true }),
      ...(writes.length > 0 && { writes }),
    },
  }
}

const writtenIn = (path: string) =>
  say(`${path} 用 Node 自带的 http 模块提供服务`, `${path} serves by Node’s own module http`)

/** What shows that a project is a server, and how it starts: a framework, or its own code. Null if it is none. */
async function serverOf(
  reading: PackageReading,
  project: NodeProject,
): Promise<{ because: Plan['because'][number]; start: Start } | null> {
  const { folder, content } = project
  const framework = frameworkOf(project)
  const start = await startOf(reading, folder, content)
  const file = posix.join(folder, 'package.json')
  if (framework !== null)
    return start && { because: say(`${file} 依赖 ${framework}`, `${file} depends on ${framework}`), start }
  const own = await ownServerIn(reading, folder, start?.command ?? null)
  if (own === null) return null
  const because = writtenIn(own)
  if (start && isRunByNode(start)) return { because, start }
  const alone = startByFile(posix.relative(folder, own), content)
  return alone && { because, start: alone }
}

/** The plan for one project. Null if it is no server, or nothing says how it starts. */
async function planIn(reading: PackageReading, folder: string): Promise<Plan | null> {
  // The name of the folder becomes part of a word of a shell.
  if (folder !== '' && shellWord(folder) !== folder) return null
  const project = await nodeProjectIn(reading, folder)
  const served = project && (await serverOf(reading, project))
  if (!project || !served) return null
  const { start } = served
  const { told, ...plan } = await planOf(reading, project, start)
  const { manager } = project
  const because = [
    served.because,
    start.because,
    ...(manager.lock === null
      ? []
      : [
          say(
            `依赖由 ${managerWords(manager)} 按 ${posix.join(project.root, manager.lock)} 安装`,
            `Dependencies are installed by ${managerWords(manager)} as ${posix.join(project.root, manager.lock)} says`,
          ),
        ]),
    ...told,
  ]
  return { ...plan, entry: entryIn(folder, start.entry), because }
}

/** Detects Node servers: a `package.json` that depends on a framework for servers, that at the top first. */
export const detectNodeServer: Detector = async (reading) => {
  const plans: Plan[] = []
  for (const folder of projectFolders(reading)) {
    const plan = await planIn(reading, folder)
    if (plan) plans.push(plan)
  }
  return plans.length > 0 || reading.has('package.json') ? plans : fileAlone(reading)
}

/** A server in a single file or a few, of a package without a `package.json`. */
async function fileAlone(reading: PackageReading): Promise<Plan[]> {
  const own = await ownServerIn(reading, '', null)
  const start = own === null ? null : startByFile(own, null)
  if (own === null || start === null) return []
  const { command, entry } = start
  const env = { NODE_ENV: 'production' }
  return [
    {
      ...planFor('node-server', 'node', entry, [writtenIn(own)]),
      launch: { folder: '', paths: [], requirements: null, install: [], env, start: command },
    },
  ]
}
