import { shellWord } from '../../../../lib/shell-word.ts'
import { posix } from 'node:path'
import { z } from 'zod'
import type { Note } from '../../../sources/package-note.ts'
import type { PackageReading } from '../package-reading.ts'
import { nodeFilesOf } from '../launch/start-script.ts'
import { planFor, say, type Detector } from '../plan.ts'

const packageFile = z.looseObject({
  main: z.string().optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
})
type PackageFile = z.infer<typeof packageFile>

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
}

function readPackageFile(source: string): PackageFile | null {
  try {
    return packageFile.safeParse(JSON.parse(source)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const usualFiles = [
  'server.js',
  'index.js',
  'app.js',
  'main.js',
  'src/server.js',
  'src/index.js',
  'src/app.js',
]

type Start = { entry: string; command: string; because: ReturnType<typeof say>; file: string | null }

const nodeFile = (script: string): string | null => nodeFilesOf(script)[0] ?? null

/** What starts the server: a script, preferably one that runs node itself; else the main file or one of a usual name. */
function startOf(reading: PackageReading, { main, scripts = {} }: PackageFile): Start | null {
  const names = ['start', 'start:prod', 'start:production', 'serve'].filter((name) =>
    Object.hasOwn(scripts, name),
  )
  const name = names.find((one) => nodeFile(scripts[one] ?? '') !== null) ?? names[0]
  const script = name === undefined ? undefined : scripts[name]
  if (name !== undefined && script !== undefined) {
    const command = script.replace(/^(?:npx\s+)?nodemon\s+(?=\S+\.[cm]?js\b)/, 'node ')
    const because = say(`package.json 的 ${name} 是 ${script}`, `package.json's ${name} is ${script}`)
    const entry = name === 'start' ? 'npm start' : `npm run ${name}`
    return { entry, command, because, file: nodeFile(command) }
  }
  const named = main === undefined ? [] : [posix.normalize(main).replace(/^\.?\//, '')]
  const file = [...named, ...named.map((one) => `${one}.js`), ...usualFiles].find((path) => reading.has(path))
  if (file === undefined) return null
  const because = say(`没有 start 脚本，启动 ${file}`, `There is no start script, so ${file} is started`)
  return { entry: file, command: `node ${shellWord(file)}`, because, file }
}

/** Programs that compile or watch code while it is written. They are in no environment of a service. */
const developerTools =
  /(?:^|[\s;&|])(npm|npx|yarn|pnpm|nest|nx|tsx|ts-node|ts-node-dev|nodemon|vite|tsc|next)(?=\s|$)/

/** A problem if what is started is made by a build, or by a tool that services do not have. */
function buildNotes(reading: PackageReading, { file, command }: Start): Note[] {
  const tool = developerTools.exec(command)?.[1]
  const isThere = file === null || [file, `${file}.js`, `${file}/index.js`].some((path) => reading.has(path))
  if (isThere && tool === undefined) return []
  const text = isThere
    ? say(
        `启动脚本用到 ${tool}，服务的环境里没有它。请先构建，把结果一起上传，并让 start 直接运行它，例如 node dist/main.js`,
        `The start script uses ${tool}, which services do not have. Build first, upload the result as well, and let start run it, for example node dist/main.js`,
      )
    : say(
        `${file} 不在包里：它要先构建，而平台不运行构建脚本。请在自己的机器上构建，把结果一起上传`,
        `${file} is not in the package. It is made by a build, and the platform runs no build scripts. Build it on your machine and upload the result as well`,
      )
  return [{ code: 'launch.needs_build', text, path: 'package.json' }]
}

/** The names of the frameworks for servers that are recognised. */
export const serverNames: readonly string[] = [...new Set(Object.values(servers))]

/** What `package.json` says, and the framework for servers that it depends on. Null if it depends on none. */
async function serverIn(
  reading: PackageReading,
): Promise<{ content: PackageFile; framework: string } | null> {
  const source = await reading.readText('package.json')
  const content = source === null ? null : readPackageFile(source)
  const known = Object.keys(content?.dependencies ?? {}).find((name) => Object.hasOwn(servers, name))
  const framework = known === undefined ? undefined : servers[known]
  return content && framework !== undefined ? { content, framework } : null
}

/** The framework for servers that `package.json` depends on, by the name that people know. Null if there is none. */
export const serverFramework = async (reading: PackageReading): Promise<string | null> =>
  (await serverIn(reading))?.framework ?? null

/** Detects a Node server: a `package.json` that depends on a framework for servers. */
export const detectNodeServer: Detector = async (reading) => {
  const server = await serverIn(reading)
  const start = server && startOf(reading, server.content)
  if (!start) return []
  const because = [
    say(`package.json 依赖 ${server.framework}`, `package.json depends on ${server.framework}`),
    start.because,
  ]
  return [
    {
      ...planFor('node-server', 'node', start.entry, because),
      problems: buildNotes(reading, start),
      launch: {
        folder: '',
        paths: [],
        requirements: null,
        install: [],
        env: { NODE_ENV: 'production', PATH: '"$PWD/node_modules/.bin:$PATH"' },
        start: start.command,
      },
    },
  ]
}
