import type { Manifest } from '@vitrine/contract'
import type { Note } from '../../sources/package-note.ts'
import { joinPath } from '../recognition/python/find-module.ts'
import { say } from '../recognition/plan.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import type { CodeFile } from './code-checker.ts'

/** No more variables are named. */
const namedAtMost = 12
/** More of a line is not read. In characters. */
const longestLine = 500

/** What every instance has. */
const given = new Set(['PORT', 'HOST', 'PATH', 'HOME', 'USER', 'PWD', 'LANG', 'TMPDIR'])

/** A variable that a line at the top of a file reads, and without which Python ends there. */
const needed =
  /^(?![#\s])[^#\n]{0,300}?\bos\.environ\[\s*["'](\w{1,100})["']\s*\](?!\s*=[^=])|^\w+(?:\s*:[^=\n]{1,100})?\s*=\s*(?:config|env)\(\s*["'](\w{1,100})["'](?![^\n]*\bdefault\b)/
/** Where `config` reads the environment. */
const isStarletteConfig = /^from\s+(?:starlette\.config|decouple)\s+import\s/m
const setsItself = /\bos\.environ(?:\.setdefault\(\s*|\[\s*)["'](\w{1,100})["']\s*(?:\]\s*=[^=]|,)/g
const inDotEnv = /^\s*(?:export\s+)?(\w{1,100})\s*=/gm

type Variable = { name: string; path: string; line: number }

/** The variables that are read where a file is loaded: outside of functions, classes and blocks. */
function readIn({ path, text }: CodeFile): Variable[] {
  const isConfigured = isStarletteConfig.test(text)
  return text.split('\n').flatMap((line, at): Variable[] => {
    // A line with a condition may read it only if it is there.
    const read = /\bif\b/.test(line) ? null : needed.exec(line.slice(0, longestLine))
    const [, fromSystem, fromConfig] = read ?? []
    const name = fromSystem ?? (isConfigured ? fromConfig : undefined)
    return name === undefined ? [] : [{ name, path, line: at + 1 }]
  })
}

/**
 * A warning for variables of the environment that the code reads when it is loaded, that have no default, and that neither
 * the package nor its start plan sets: the server ends before it listens.
 */
export async function neededVariables(
  reading: PackageReading,
  manifest: Manifest,
  started: readonly CodeFile[],
): Promise<Note[]> {
  const folder = manifest.launch?.folder ?? ''
  const dotEnv = (await reading.readText(joinPath(folder, '.env'))) ?? ''
  const known = new Set([
    ...given,
    // `env` of algorithm.yaml only names variables: instances get none of them.
    ...Object.keys(manifest.launch?.env ?? {}),
    ...[...dotEnv.matchAll(inDotEnv)].map(([, name = '']) => name),
    ...started.flatMap(({ text }) => [...text.matchAll(setsItself)].map(([, name = '']) => name)),
  ])
  const found = started.flatMap(readIn).filter(({ name }) => !known.has(name))
  const [first] = found
  if (!first) return []
  const names = [...new Set(found.map(({ name }) => name))].slice(0, namedAtMost)
  return [
    {
      code: 'preflight.variable_needed',
      path: first.path,
      line: first.line,
      text: say(
        `${first.path} 第 ${first.line} 行：加载时要读环境变量 ${names.join('、')}，没有默认值`,
        `${first.path} line ${first.line}: it reads ${names.join(', ')} from the environment when it is loaded, and there is no default`,
      ),
      follows: say('没有它们，服务启动时就会出错退出', 'Without them, the service ends when it starts'),
      mend: say(
        '平台还不能给服务设置环境变量，algorithm.yaml 里的 env 也只是列出变量名：请在代码里写默认值；如果代码会读 .env 文件，也可以放一个在包里（不要放密钥）',
        'The platform cannot set variables of a service yet; env in algorithm.yaml only names them. Write a default in the code or, if the code reads a file .env, put one into the package, without secrets',
      ),
    },
  ]
}
