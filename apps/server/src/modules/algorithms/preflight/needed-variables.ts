import type { Addition, Manifest } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import { joinPath } from '../recognition/python/find-module.ts'
import { say } from '../recognition/plan.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import type { CodeFile } from './code-checker.ts'

/** The most variables that a warning names. */
const namedAtMost = 12
/** How much of a line is read, in characters. */
const longestLine = 500

/** The variables that every instance has. */
const given = new Set(['PORT', 'HOST', 'PATH', 'HOME', 'USER', 'PWD', 'LANG', 'TMPDIR'])

/** A variable that a line reads which runs when its file is loaded, and without which Python ends there. */
const needed =
  /^(?![#\s])[^#\n]{0,300}?\bos\.environ\[\s*["'](\w{1,100})["']\s*\](?!\s*=[^=])|^\w+(?:\s*:[^=\n]{1,100})?\s*=\s*(?:config|env)\(\s*["'](\w{1,100})["'](?![^\n]*\bdefault\b)/
/** Where `config` reads the environment. */
const isStarletteConfig = /^from\s+(?:starlette\.config|decouple)\s+import\s/m
const setsItself = /\bos\.environ(?:\.setdefault\(\s*|\[\s*)["'](\w{1,100})["']\s*(?:\]\s*=[^=]|,)/g
/** A name that gets a value whose brackets end in a later line. */
const opensValue = /^\w+[^=\n]{0,100}=[^=\n][^\n]*[[{(]\s*$/
const inDotEnv = /^[ \t]*(?:export[ \t]+)?(\w{1,100})[ \t]*=/gm

type Variable = { name: string; path: string; line: number }

/** What `env` of a manifest takes. */
const declarable = /^[A-Z_][A-Z0-9_]*$/

/** The line that declares variables. Undefined if it would not be read, or the file has such a line already. */
async function declaring(reading: PackageReading, names: readonly string[]): Promise<Addition | undefined> {
  const path = reading.has('algorithm.yml') ? 'algorithm.yml' : 'algorithm.yaml'
  const isThere = /^env\s*:/m.test((await reading.readText(path)) ?? '')
  if (isThere || !names.every((name) => declarable.test(name))) return undefined
  return { path, lines: [`env: [${names.join(', ')}]`] }
}

/**
 * The lines that run when a file is loaded, without their indentation those of its classes, in which Flask keeps its configuration, and
 * those of a value in brackets, in which Django keeps its databases. In place of all others, those of functions and blocks, there are empty lines.
 */
function loadedLines(text: string): string[] {
  /** The indentation of the class that the line is in. Null: none, or its first line is not known yet. */
  let [isInClass, indentation] = [false, null as string | null]
  let isInValue = false
  return text.split('\n').map((line) => {
    if (/^\s*(?:#|$)/.test(line)) return ''
    const [before = ''] = /^\s*/.exec(line) ?? []
    if (before === '') {
      ;[isInClass, indentation] = [/^class\b/.test(line), null]
      isInValue = opensValue.test(line.slice(0, longestLine))
      return line
    }
    if (isInValue) return /\blambda\b/.test(line) ? '' : line.trimStart()
    if (!isInClass) return ''
    indentation ??= before
    return before === indentation ? line.trimStart() : ''
  })
}

/** The variables that are read where a file is loaded: outside of functions and blocks. */
function readIn({ path, text }: CodeFile): Variable[] {
  const isConfigured = isStarletteConfig.test(text)
  return loadedLines(text).flatMap((line, at): Variable[] => {
    // A line with a condition may read it only if it is there.
    const read = /\bif\b/.test(line) ? null : needed.exec(line.slice(0, longestLine))
    const [, fromSystem, fromConfig] = read ?? []
    const name = fromSystem ?? (isConfigured ? fromConfig : undefined)
    return name === undefined ? [] : [{ name, path, line: at + 1 }]
  })
}

/**
 * A warning for variables of the environment that the code reads when it is loaded, that have no default, and that neither
 * the package nor its start plan sets or declares: the server ends before it listens.
 */
export async function neededVariables(
  reading: PackageReading,
  manifest: Manifest,
  started: readonly CodeFile[],
): Promise<Finding[]> {
  const folder = manifest.launch?.folder ?? ''
  const dotEnv = (await reading.readText(joinPath(folder, '.env'))) ?? ''
  const known = new Set([
    ...given,
    // A deploy asks for what is declared.
    ...manifest.env,
    ...Object.keys(manifest.launch?.env ?? {}),
    ...[...dotEnv.matchAll(inDotEnv)].map(([, name = '']) => name),
    ...started.flatMap(({ text }) => [...text.matchAll(setsItself)].map(([, name = '']) => name)),
  ])
  const found = started.flatMap(readIn).filter(({ name }) => !known.has(name))
  const [first] = found
  if (!first) return []
  const names = [...new Set(found.map(({ name }) => name))].slice(0, namedAtMost)
  const adds = await declaring(reading, names)
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
        '在 algorithm.yaml 的 env 里列出它们：部署时会要求填写，之后在配置中心修改，密钥会加密保存。或者在代码里写默认值',
        'Name them under env in algorithm.yaml: the deploy asks for their values, and they can be changed later in the configuration, where secrets are encrypted. Or write a default in the code',
      ),
      ...(adds && { adds }),
    },
  ]
}
