import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import type { PackageFile } from '../../../node-projects/package-file.ts'
import { runsTypeScript, typeScriptFile } from '../launch/script-files.ts'
import { nodeFilesOf } from '../launch/start-script.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'

/** How a Node server is started. `before` are the commands that come before it in its script. */
export type Start = {
  entry: string
  command: string
  before: string[]
  because: ReturnType<typeof say>
}

type Scripts = Readonly<Record<string, string>>

/** More scripts than call each other in any real project. */
const deepest = 5

/** `npm run go`, `yarn go` and `pnpm start` as the name of the script. */
const scriptCall = /^(?:(?:npm|pnpm|yarn)\s+(?:run\s+|run-script\s+)?)([\w:.-]+)$/

/** Puts scripts that a script calls in their places, and says what comes one after the other. */
function partsOf(script: string, scripts: Scripts, depth = 0): string[] {
  const parts = script.split('&&').map((part) => part.trim())
  return parts.flatMap((part) => {
    const name = scriptCall.exec(part)?.[1]
    const called = name === undefined || !Object.hasOwn(scripts, name) ? undefined : scripts[name]
    const isLast = part === parts.at(-1)
    return called === undefined || depth >= deepest || !isLast ? [part] : partsOf(called, scripts, depth + 1)
  })
}

/** Without what watches files while code is written: the files of a service do not change. */
const withoutWatcher = (command: string): string =>
  command
    .replace(
      /^(?:npx\s+)?nodemon\s+(?:(?:-w|--watch|-e|--ext|-i|--ignore)\s+\S+\s+|-q\s+){0,20}(?:-x|--exec)\s+(["']?)([^"']{1,300})\1/,
      '$2',
    )
    .replace(/^(?:npx\s+)?nodemon\s+(?=\S+\.[cm]?js\b)/, 'node ')
    .replace(/^(?:npx\s+)?nodemon\s+(?=\S+\.ts\b)/, 'ts-node ')
    .replace(/^(?:npx\s+)?tsx\s+watch\s+/, 'tsx ')
    .replace(/^npx\s+(?=(?:tsx|ts-node)\s)/, '')
    .replace(/^nest\s+start$/, 'node dist/main')

const usualFiles = [
  'server.js',
  'index.js',
  'app.js',
  'main.js',
  'src/server.js',
  'src/index.js',
  'src/app.js',
]
const usualTypeScriptFiles = [...usualFiles, 'src/main.js'].flatMap((name) => [
  name.replace(/js$/, 'ts'),
  name.replace(/js$/, 'tsx'),
])

/** The TypeScript file of a usual name that serves; others only export an application, for the servers of a cloud. */
async function serving(reading: PackageReading, folder: string): Promise<string | undefined> {
  for (const path of usualTypeScriptFiles) {
    const source = await reading.readText(posix.join(folder, path))
    if (source !== null && /\.\s*listen\s*\(|\bserve\s*\(/.test(source)) return path
  }
  return undefined
}

/** What runs TypeScript files of a project as they are: a tool that it lists, else Node if it can. Null if nothing does. */
function typeScriptRunner(file: PackageFile | null, path: string): 'tsx' | 'ts-node' | 'node' | null {
  const listed = { ...file?.devDependencies, ...file?.dependencies }
  const tool = (['tsx', 'ts-node'] as const).find((name) => Object.hasOwn(listed, name))
  return tool ?? (runsTypeScript() && !path.endsWith('x') ? 'node' : null)
}

/** How a file is started that nothing else says how to start. Null for TypeScript that nothing here runs as it is. */
export function startByFile(path: string, file: PackageFile | null): Start | null {
  const runner = typeScriptFile.test(path) ? typeScriptRunner(file, path) : 'node'
  return (
    runner && {
      entry: path,
      command: `${runner} ${shellWord(path)}`,
      before: [],
      because: say(`没有 start 脚本，启动 ${path}`, `There is no start script, so ${path} is started`),
    }
  )
}
const runsNode = (script: string) => nodeFilesOf(script).length > 0

/** What starts the server: a script, preferably one that runs node itself; else the main file or one of a usual name. */
export async function startOf(
  reading: PackageReading,
  folder: string,
  file: PackageFile,
): Promise<Start | null> {
  const scripts = file.scripts ?? {}
  const names = ['start', 'start:prod', 'start:production', 'serve'].filter((name) =>
    Object.hasOwn(scripts, name),
  )
  const whole = (name: string) => partsOf(scripts[name] ?? '', scripts)
  const name = names.find((one) => runsNode(whole(one).at(-1) ?? '')) ?? names[0]
  if (name !== undefined) {
    const parts = whole(name)
    const script = scripts[name] ?? ''
    return {
      entry: name === 'start' ? 'npm start' : `npm run ${name}`,
      command: withoutWatcher(parts.at(-1) ?? ''),
      before: parts.slice(0, -1),
      because: say(`package.json 的 ${name} 是 ${script}`, `package.json's ${name} is ${script}`),
    }
  }
  const { main } = file
  const named = main === undefined ? [] : [posix.normalize(main).replace(/^\.?\//, '')]
  const possible = [...named, ...named.map((one) => `${one}.js`), ...usualFiles]
  const found =
    possible.find((path) => reading.has(posix.join(folder, path))) ?? (await serving(reading, folder))
  // A main file that the package does not have is made by a build.
  const started = found ?? (scripts.build === undefined ? undefined : named[0])
  if (started === undefined) return null
  return startByFile(started, file)
}

/** Whether a start runs Node, and not a tool such as the server of a bundler. */
export const isRunByNode = ({ command }: Start): boolean =>
  runsNode(command) || /^(?:tsx|ts-node)(?=\s)/.test(command)
