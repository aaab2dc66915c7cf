import type { MachinePython } from '../../../requirements/python-version.ts'
import type { Finding, Sentence } from '../../../sources/finding.ts'
import { say } from '../plan.ts'
import type { LimitingLine } from './release-limits.ts'

/** How many lines a finding names. */
const namedAtMost = 6

/** The Pythons that all of these lines run with. */
export const limitOf = (lines: readonly Pick<LimitingLine, 'minor'>[]): string =>
  `<3.${Math.min(...lines.map(({ minor }) => minor))}`

const place = ({ path, line, text }: LimitingLine, language: 'zh' | 'en') => {
  const at = line === undefined ? '' : language === 'zh' ? ` 第 ${line} 行` : ` line ${line}`
  return `${path}${at}${language === 'zh' ? '：' : ': '}${text.slice(0, 100)}`
}

function what(line: LimitingLine): Sentence {
  const [zh, en] = [place(line, 'zh'), place(line, 'en')]
  if (line.isBroken)
    return say(
      `${zh} 在 Python 3.${line.minor} 及更新的版本里一加载就出错`,
      `${en} fails when Python 3.${line.minor} or a newer one loads it`,
    )
  if (line.by !== undefined)
    return say(
      `${zh} 要求的 ${line.by} 没有给 Python 3.${line.minor} 及更新版本的安装包（wheel）`,
      `${en} asks for a release of ${line.by} that has no wheel for Python 3.${line.minor} or a newer one`,
    )
  return say(
    `${zh} 没有给 Python 3.${line.minor} 及更新版本的安装包（wheel）`,
    `${en} has no wheel for Python 3.${line.minor} or a newer one`,
  )
}

function named(lines: readonly LimitingLine[]): Sentence {
  const shown = lines.slice(0, namedAtMost).map(what)
  const more = lines.length - shown.length
  return say(
    [...shown.map(({ zh }) => zh), ...(more > 0 ? [`另外 ${more} 行也是`] : [])].join('；'),
    [...shown.map(({ en }) => en), ...(more > 0 ? [`and ${more} more lines are like them`] : [])].join('; '),
  )
}

/** Why a package runs with an older Python than the usual one of the machine. */
export function whyOlder(lines: readonly LimitingLine[], version: string): Sentence {
  const { zh, en } = named(lines)
  return say(`${zh}，用 ${version} 运行`, `${en}; it runs with ${version}`)
}

const newer = (lines: readonly LimitingLine[]) =>
  [...new Set(lines.map(({ name, since }) => `${name}>=${since}`))].slice(0, namedAtMost)

/**
 * The consequence if the machine has no older Python for these lines. A release that fails when it is loaded is a problem. A
 * release without a wheel is one as well, because building it takes long and mostly fails, until `algorithm.yaml` decides for a
 * Python.
 */
export function releaseFindings(
  lines: readonly LimitingLine[],
  runs: MachinePython,
  open: readonly MachinePython[],
  isDecided: boolean,
): { problems: Finding[]; warnings: Finding[] } {
  const finding = (some: readonly LimitingLine[], follows: Sentence): Finding[] => {
    const [first] = some
    if (!first) return []
    const { zh, en } = named(some)
    const has = [...new Set(open.map(({ version }) => version))]
    const than = first.minor - 1
    const state = `python: "${runs.version.split('.').slice(0, 2).join('.')}"`
    const anyway = isDecided || some.some(({ isBroken }) => isBroken) ? null : state
    return [
      {
        code: 'python.releases',
        path: first.path,
        ...(first.line !== undefined && { line: first.line }),
        text: say(
          `${zh}。这里会用 Python ${runs.version}，这台机器上可用的有 ${has.join('、')}`,
          `${en}. Here it would get Python ${runs.version}; this machine has ${has.join(', ')}`,
        ),
        follows,
        mend: say(
          `改用更新的版本（${newer(some).join('、')}）并测试，或请管理员安装 Python 3.${than} 或更早的版本${anyway === null ? '' : `；仍要从源码编译，就在 algorithm.yaml 里写 ${anyway}`}`,
          `Use newer releases (${newer(some).join(', ')}) and test with them, or ask the administrator to install Python 3.${than} or an older one${anyway === null ? '' : `. To have them built from source all the same, write ${anyway} in algorithm.yaml`}`,
        ),
      },
    ]
  }
  const ending = finding(
    lines.filter(({ isBroken }) => isBroken),
    say('部署之后启动不了', 'It cannot start after it is deployed'),
  )
  const building = finding(
    lines.filter(({ isBroken }) => !isBroken),
    say(
      '部署时从源码编译，要很久，也多半会失败',
      'They are built from their source when it is deployed, which takes long and mostly fails',
    ),
  )
  return isDecided
    ? { problems: ending, warnings: building }
    : { problems: [...ending, ...building], warnings: [] }
}
