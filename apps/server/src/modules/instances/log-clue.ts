import { saysSomePortTaken } from '../../adapters/process-runner/port-decision.ts'
import type { Words } from '../../lib/words.ts'
import { codeErrorIn, codeErrorWords, type CodeError } from './code-error.ts'
import { refusedPort, refusedWords } from './refused-connection.ts'

/** The cause of a process's end, as its last log lines show it. */
export type LogClue =
  | { code: 'missing_module'; module: string; language: 'python' | 'node' }
  | { code: 'missing_variable'; name: string }
  | { code: 'missing_environment' }
  | { code: 'missing_file' }
  | { code: 'not_reached'; port: number }
  | { code: 'port_in_use' }
  | { code: 'permission_denied' }
  | { code: 'syntax_error' }
  | ({ code: 'code_error' } & CodeError)

/** Modules that were part of Python, and the version that no longer has them. Old releases of libraries import them. */
const leftPython: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '3.12': 'asynchat asyncore distutils imp smtpd',
    '3.13':
      'aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib pipes sndhdr telnetlib uu xdrlib',
  }).flatMap(([version, names]) => names.split(' ').map((name): [string, string] => [name, version])),
)

const moduleName = /^[\w@][\w./@-]{0,99}$/

function moduleClue(name: string | undefined, language: 'python' | 'node'): LogClue | null {
  return name !== undefined && moduleName.test(name)
    ? { code: 'missing_module', module: name, language }
    : null
}

/** The clue in one line. Null if it has none. */
function clueInLine(line: string): LogClue | null {
  const python = /ModuleNotFoundError: No module named '([^']+)'/.exec(line)
  if (python) return moduleClue(python[1], 'python')
  // A relative or absolute name is a file of the package, not a module to install.
  const node = /Cannot find (?:module|package) '([^'./][^']*)'/.exec(line)
  if (node) return moduleClue(node[1], 'node')
  // How shells say it of the line that our `start.sh` has for what was installed.
  if (/\bvenv\/bin\/activate'?: No such file/.test(line)) return { code: 'missing_environment' }
  // Only where it is the error itself: a warning about a file that is missed is no reason to end.
  if (/^\s*(?:FileNotFoundError|Error: ENOENT)\b/.test(line)) return { code: 'missing_file' }
  const port = refusedPort(line)
  if (port !== null) return { code: 'not_reached', port }
  if (saysSomePortTaken(line)) return { code: 'port_in_use' }
  if (/PermissionError|EACCES|permission denied/i.test(line)) return { code: 'permission_denied' }
  if (/^\s*(?:SyntaxError|IndentationError|TabError)\b/.test(line)) return { code: 'syntax_error' }
  return null
}

/** How Python writes, above a `KeyError`, that it is about a variable of the environment. */
const inEnvironment = /\bFile "(?:<frozen os>|[^"]*\/os\.py)", line \d+, in __getitem__/
/** Between that line and the error are at most the line of code and its marks. */
const linesBetween = 3

/** The variable of the environment that a line misses, after the lines before it. Null if it is about something else. */
function variableClue(line: string, before: readonly string[]): LogClue | null {
  const name = /^\s*KeyError: '([A-Za-z_]\w{0,99})'\s*$/.exec(line)?.[1]
  return name !== undefined && before.some((one) => inEnvironment.test(one))
    ? { code: 'missing_variable', name }
    : null
}

/**
 * The cause in the last log lines of a process. The last line with a clue counts, and without one the place of the error with which
 * they end. Pure.
 */
export function clueIn(lines: readonly string[]): LogClue | null {
  const known = lines.reduce<LogClue | null>(
    (found, line, at) =>
      clueInLine(line) ?? variableClue(line, lines.slice(Math.max(0, at - linesBetween), at)) ?? found,
    null,
  )
  const error = known ? null : codeErrorIn(lines)
  return error ? { code: 'code_error', ...error } : known
}

/** The words for a module that is missing: which package may have it, or why no package has it any more. */
function moduleWords({ module, language }: Extract<LogClue, { code: 'missing_module' }>): Words {
  const left = language === 'python' ? leftPython.get(module.split('.')[0] ?? '') : undefined
  if (left !== undefined)
    return {
      zh: `Python 从 ${left} 起不再带有模块 ${module}：导入它的代码或依赖太旧。请换用依赖的新版本，或让算法用更早的 Python`,
      en: `Python has no module ${module} since ${left}: the code or the dependency that imports it is too old. Use a newer release of that dependency, or an older Python`,
    }
  if (language === 'python' && module.split('.')[0] === 'pkg_resources')
    return {
      zh: '模块 pkg_resources 只在旧的 setuptools 里有：请在依赖里加上 setuptools<81，或换用导入它的依赖的新版本',
      en: 'module pkg_resources is only in older releases of setuptools: add setuptools<81 to the requirements, or use a newer release of the dependency that imports it',
    }
  const file = language === 'python' ? 'requirements.txt' : 'package.json'
  return {
    zh: `找不到模块 ${module}：${file} 里没有哪个包提供它，代码里也没有这个模块`,
    en: `module ${module} is missing: no package in ${file} provides it, and the code has no such module`,
  }
}

/** A clue as part of a sentence, with advice. It contains no line of the log. */
export function clueWords(clue: LogClue): Words {
  switch (clue.code) {
    case 'missing_module':
      return moduleWords(clue)
    case 'missing_variable':
      return {
        zh: `环境变量 ${clue.name} 没有值：请在服务的“配置”里新增，或在 algorithm.yaml 的 env 里声明`,
        en: `the variable ${clue.name} is not set: add it under Configuration of the service, or name it under env in algorithm.yaml`,
      }
    case 'missing_environment':
      return {
        zh: '它安装好的依赖不在了（environments/ 被删除，或数据目录换了路径）：请点“启动”，平台会重新安装',
        en: 'its installed dependencies are gone (environments/ was deleted, or the data folder has another path): press Start, and the platform installs them again',
      }
    case 'missing_file':
      return {
        zh: '它要打开的文件或文件夹不存在（路径在日志里）：服务只看得到算法包和自己的工作目录',
        en: 'a file or folder that it opens does not exist (the log has its path): a service sees only its package and its own work folder',
      }
    case 'not_reached':
      return refusedWords(clue.port)
    case 'port_in_use':
      return {
        zh: '它要监听的端口已被占用，请监听环境变量 PORT 给出的端口',
        en: 'the port that it tries to listen on is in use; listen on the port in $PORT',
      }
    case 'permission_denied':
      return {
        zh: '没有读取、写入或执行某个文件的权限',
        en: 'it has no permission to read, write or execute a file',
      }
    case 'code_error':
      return codeErrorWords(clue)
    case 'syntax_error':
      return { zh: '代码有语法错误', en: 'the code has a syntax error' }
  }
}
