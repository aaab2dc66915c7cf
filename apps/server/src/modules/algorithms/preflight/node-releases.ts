import { posix } from 'node:path'
import { nodeProjectIn, type NodeProject } from '../../node-projects/node-project.ts'
import { meetsPython } from '../../requirements/python-version.ts'
import type { Finding, Sentence } from '../../sources/finding.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'

/** A release of a library that a new Node, or a build of this platform, does not take. */
type Rule = {
  name: string
  /** The first major version of Node for which this is true. */
  node: number
  /** The first release for which it is not. None if it is true of all. */
  below?: string
  follows: Sentence
  /** What is installed in its place. */
  instead: string
}

const notCompiled = say(
  '它没有给这个 Node 的二进制文件，源码也不能编译，部署会失败',
  'It has no binary for this Node and its source does not compile with it, so the deploy fails',
)

const rules: readonly Rule[] = [
  {
    name: '@hapi/hapi',
    node: 16,
    below: '20.1.2',
    follows: say(
      '浏览器或平台请求一个没有的地址（例如 /favicon.ico 或 /health）时，服务就会出错退出',
      'The service ends at each request for an address that it does not have, such as /favicon.ico of a browser or /health of the platform',
    ),
    instead: '@hapi/hapi@20',
  },
  {
    name: 'better-sqlite3',
    node: 20,
    below: '8.0.0',
    follows: notCompiled,
    instead: 'better-sqlite3@latest',
  },
  {
    name: '@nestjs/config',
    node: 23,
    below: '1.2.1',
    follows: say(
      '它调用的 util.isObject 在 Node 23 里已删除，服务启动时就会出错退出',
      'It calls util.isObject, which is gone since Node 23, so the service ends when it starts',
    ),
    instead: '@nestjs/config@latest',
  },
  { name: 'node-sass', node: 21, follows: notCompiled, instead: 'sass' },
  {
    name: 'sharp',
    node: 0,
    below: '0.33.0',
    follows: say(
      '安装时它要从 github.com 下载 libvips，构建访问不了，部署会失败',
      'It fetches libvips from github.com while it is installed, which builds do not reach, so the deploy fails',
    ),
    instead: 'sharp@latest',
  },
]

/** A release that is installed. `isBound` is the first one that is not. */
type Installed = { path: string; line: number; release: string; isBound: boolean }

const lineOf = (text: string, at: number) => text.slice(0, at).split('\n').length
const inPattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** How the lock files of npm, of Yarn and of pnpm name the release of a library. */
const lockedAs = (name: string): RegExp[] => {
  const word = inPattern(name)
  return [
    new RegExp(String.raw`"(?:node_modules\/)?${word}": \{\s{1,40}"version": "(\d[\w.-]{0,50})"`),
    new RegExp(String.raw`^"?${word}@[^\n]{1,300}:\n {2}version:? "?(\d[\w.-]{0,50})`, 'm'),
    new RegExp(String.raw`^ {2,4}'?\/?${word}[@/](\d[\w.-]{0,50})[^\n]{0,300}:$`, 'm'),
  ]
}

async function lockedRelease(
  reading: PackageReading,
  { root, manager }: NodeProject,
  name: string,
): Promise<Installed | null> {
  if (manager.lock === null) return null
  const path = posix.join(root, manager.lock)
  const text = ((await reading.readText(path)) ?? '').replaceAll('\r\n', '\n')
  for (const pattern of lockedAs(name)) {
    const found = pattern.exec(text)
    if (found?.[1] !== undefined)
      return { path, line: lineOf(text, found.index), release: found[1], isBound: false }
  }
  return null
}

/** What `package.json` allows at most: `1.2.3` is that release, `^1.2.3` and `~1.2.3` end before the next one. */
async function statedRelease(
  reading: PackageReading,
  { folder, content }: NodeProject,
  name: string,
): Promise<Installed | null> {
  const written = content.dependencies?.[name]
  const [, sign, ...parts] = /^\s*([\^~]?)v?(\d+)\.(\d+)\.(\d+)\s*$/.exec(written ?? '') ?? []
  if (written === undefined || sign === undefined) return null
  const path = posix.join(folder, 'package.json')
  const text = (await reading.readText(path)) ?? ''
  const line = lineOf(text, Math.max(0, text.indexOf(`"${name}"`)))
  const [major = 0, minor = 0] = parts.map(Number)
  if (sign === '') return { path, line, release: parts.join('.'), isBound: false }
  const isMinor = sign === '~' || major === 0
  return { path, line, release: isMinor ? `${major}.${minor + 1}.0` : `${major + 1}.0.0`, isBound: true }
}

const isHit = ({ below }: Rule, { release, isBound }: Installed) =>
  below === undefined || meetsPython(release, `${isBound ? '<=' : '<'}${below}`)

const findingOf = (
  { name, follows, instead }: Rule,
  { path, line, release, isBound }: Installed,
): Finding => {
  const which = isBound ? `${name} < ${release}` : `${name} ${release}`
  return {
    code: 'preflight.node_release',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行：${which} 不适合这里`,
      `${path} line ${line}: ${which} does not fit here`,
    ),
    follows,
    mend: say(
      `在项目里运行 npm install ${instead}，测试后把 package.json 和锁文件一起上传`,
      `Run npm install ${instead} in the project, test it, and upload package.json with its lock file`,
    ),
  }
}

/**
 * Warnings for releases of libraries that do not run with this Node, by the lock file of a project, else by what its
 * `package.json` allows. `node` is the major version that runs it.
 */
export async function nodeReleases(
  reading: PackageReading,
  folder: string,
  node: number,
): Promise<Finding[]> {
  const project = await nodeProjectIn(reading, folder)
  if (project === null) return []
  const findings: Finding[] = []
  for (const rule of rules) {
    // What other libraries bring is not looked for: only its author can replace those.
    if (rule.node > node || project.content.dependencies?.[rule.name] === undefined) continue
    const installed =
      (await lockedRelease(reading, project, rule.name)) ?? (await statedRelease(reading, project, rule.name))
    const isKnown = installed !== null && isHit(rule, installed)
    if (isKnown) findings.push(findingOf(rule, installed))
  }
  return findings
}
