import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import type { PackageFile } from '../../../node-projects/package-file.ts'
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
  const parts = script.split(/\s*&&\s*/).map((part) => part.trim())
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
const runsNode = (script: string) => nodeFilesOf(script).length > 0

/** What starts the server: a script, preferably one that runs node itself; else the main file or one of a usual name. */
export function startOf(reading: PackageReading, folder: string, file: PackageFile): Start | null {
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
  const found = [...named, ...named.map((one) => `${one}.js`), ...usualFiles].find((path) =>
    reading.has(posix.join(folder, path)),
  )
  // A main file that the package does not have is made by a build.
  const started = found ?? (scripts.build === undefined ? undefined : named[0])
  if (started === undefined) return null
  return startByFile(started)
}

/** How a file is started that nothing else says how to start. */
export const startByFile = (file: string): Start => ({
  entry: file,
  command: `node ${shellWord(file)}`,
  before: [],
  because: say(`没有 start 脚本，启动 ${file}`, `There is no start script, so ${file} is started`),
})

/** Whether a start runs Node, and not a tool such as the server of a bundler. */
export const isRunByNode = ({ command }: Start): boolean =>
  runsNode(command) || /^(?:tsx|ts-node)(?=\s)/.test(command)
