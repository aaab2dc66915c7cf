import type { Words } from '../../lib/words.ts'
import { addonCause } from './addon-failure.ts'

/**
 * How much of a line is read, in characters. Strangers decide what a build prints, and no line of a package manager that states
 * a cause is longer.
 */
const readAtMost = 2_000

const readable = (lines: readonly string[]) => lines.map((line) => line.slice(0, readAtMost))

/** A line that pip prints before it tries again. `cause` is why. */
const retry = /^WARNING: Retrying \(Retry\([^)]*\)\) after connection broken by '(.*)':/

const networkCause = (said: string): Words => {
  const [zh, en] = /NameResolution|Name or service not known|name resolution/i.test(said)
    ? ['它的域名无法解析', 'its name cannot be resolved']
    : /Timeout/i.test(said)
      ? ['它没有在时限内回答', 'it did not answer in time']
      : /CERTIFICATE|SSL/i.test(said)
        ? ['它的证书不被信任', 'its certificate is not trusted']
        : /refused/i.test(said)
          ? ['连接被拒绝', 'the connection was refused']
          : ['连接中断', 'the connection broke']
  return {
    zh: `连不上软件源：${zh}。请检查网络和软件源的设置（PIP_INDEX_URL），再重试`,
    en: `The package index cannot be reached: ${en}. Check the network and the settings of the index (PIP_INDEX_URL), then try again`,
  }
}

type Rule = { pattern: RegExp; words: (match: RegExpExecArray) => Words }

/** The message that the disk is full, whichever program printed it. */
export const diskFullWords: Words = {
  zh: '磁盘满了，依赖装不下。请清理磁盘，或减少依赖',
  en: 'The disk is full, and the dependencies do not fit. Free some space, or need less',
}
const diskFull = /No space left on device|Errno 28|ENOSPC|Disk quota exceeded/

const rules: readonly Rule[] = [
  {
    pattern: diskFull,
    words: () => diskFullWords,
  },
  {
    // `(?<!\S)`: the search begins only at the beginning of a word. If it began at every place in a word, the time would be the square of its length.
    pattern: /(?<!\S)(\S+) is not a supported wheel on this platform/,
    words: ([, file = '']) => ({
      zh: `${file} 是给另一种系统或 Python 版本的。请换成这台机器用的，或在依赖里写包名，由软件源提供`,
      en: `${file} is for another system or version of Python. Use one for this machine, or name the package and let the index give it`,
    }),
  },
  {
    pattern: /THESE PACKAGES DO NOT MATCH THE HASHES|hashes are required in --require-hashes/i,
    words: () => ({
      zh: '软件包和依赖文件里的 --hash 不一致',
      en: 'A package does not match the --hash in the requirements file',
    }),
  },
  {
    pattern: /Cannot install (.{1,500}?) because these package versions have conflicting dependencies/,
    words: ([, names = '']) => ({
      zh: `这些依赖互相冲突：${names}。请放宽其中一个的版本`,
      en: `These requirements contradict each other: ${names}. Allow more versions of one of them`,
    }),
  },
  {
    pattern: /Package '?([\w.-]+)'? requires a different Python: (\S+) not in '([^']+)'/,
    words: ([, name = '', have = '', want = '']) => ({
      zh: `${name} 需要 Python ${want}，这台机器上是 ${have}`,
      en: `${name} needs Python ${want}, and this machine has ${have}`,
    }),
  },
  {
    // The name of a library as code imports it is a package on PyPI that only fails.
    pattern: /The '([\w.-]{1,100})' PyPI package is deprecated, use '([\w.-]{1,100})'/,
    words: ([, name = '', instead = '']) => ({
      zh: `软件源里的 ${name} 已停用。请在依赖里把 ${name} 改成 ${instead}`,
      en: `The package ${name} of the index is out of use. Write ${instead} in place of ${name} in the requirements`,
    }),
  },
  {
    pattern:
      /Failed (?:to build (?:installable )?wheels? for .{0,100}?\(|building wheel for )([\w., -]{1,200})/i,
    words: ([, names = '']) => ({
      zh: `${names.trim()} 的这个版本没有给这台机器的 Python 的现成安装包（wheel），从源码编译也失败了。请换成有安装包的版本（多半是更新的），或让算法用更早的 Python`,
      en: `This release of ${names.trim()} has no wheel for this machine’s Python, and building it from its source failed. Use a release that has one, mostly a newer one, or an older Python`,
    }),
  },
  {
    pattern:
      /(?:Getting requirements to build wheel|Preparing metadata \(.{1,30}\)|setup\.py egg_info) did not run successfully/,
    words: () => ({
      zh: '有一个依赖的这个版本没有给这台机器的 Python 的现成安装包（wheel），它的源码在这里也不能编译。日志里最后一个 Collecting 是它。请换成有安装包的版本（多半是更新的），或让算法用更早的 Python',
      en: 'A release of a dependency has no wheel for this machine’s Python, and its source cannot be built here. It is the last “Collecting” of the log. Use a release that has one, mostly a newer one, or an older Python',
    }),
  },
  {
    pattern: /No matching distribution found for (\S+)/,
    words: ([, name = '']) => ({
      zh: `软件源里没有能装在这台机器上的 ${name}。请检查名称和版本`,
      en: `The index has no ${name} that can be installed on this machine. Check its name and version`,
    }),
  },
]

/**
 * The Pythons that the wanted release is for, where pip left it out because this one is not among them. The line that tells it
 * has all releases of a distribution, so it is longer than others.
 */
function otherPython(said: readonly string[]): Words | null {
  const wanted = said
    .map((line) =>
      /No matching distribution found for ([\w.-]{1,100})==([\w.!+]{1,50})/.exec(line.slice(0, readAtMost)),
    )
    .find((match) => match !== null)
  const [, name = '', release = ''] = wanted ?? []
  const before = ` ${release} Requires-Python `
  const ignored = said.find(
    (line) =>
      line.includes('Ignored the following versions that require a different python') &&
      line.includes(before),
  )
  if (!wanted || ignored === undefined) return null
  const at = ignored.indexOf(before) + before.length
  const pythons =
    ignored
      .slice(at, at + 100)
      .split(';')[0]
      ?.trim() ?? ''
  return {
    zh: `${name}==${release} 只能用 Python ${pythons}，而这个环境的 Python 不是。请在 algorithm.yaml 里用 python 指定一个（机器上要有它），或换成别的版本`,
    en: `${name}==${release} is for Python ${pythons} alone, and this environment has another one. Ask for one of these by python in algorithm.yaml, if the machine has it, or use another release`,
  }
}

/**
 * Why a package manager failed, by what it printed and what it was refused of the network. Null if that does not show it. Where it tried again and again, the
 * reason is in those lines, and its last words, that nothing was found, are misleading.
 */
export function failureCause(said: readonly string[], refused: Words | null = null): Words | null {
  const lines = readable(said)
  const tried = lines.map((line) => retry.exec(line)?.[1]).findLast((why) => why !== undefined)
  const found = (rule: Rule) => lines.map((line) => rule.pattern.exec(line)).find((match) => match !== null)
  for (const rule of rules.slice(0, 2)) {
    const match = found(rule)
    if (match) return rule.words(match)
  }
  const addon = addonCause(lines, refused)
  if (addon !== null) return addon
  if (refused !== null) return refused
  if (tried !== undefined) return networkCause(tried)
  const python = otherPython(said)
  if (python !== null) return python
  for (const rule of rules) {
    const match = found(rule)
    if (match) return rule.words(match)
  }
  return null
}

/** Whether a package manager may succeed at the next attempt without a change of the package: see `failureCause`. */
export const mayPass = (said: readonly string[]): boolean =>
  failureCause(said) === null || readable(said).some((line) => retry.test(line) || diskFull.test(line))

/** The lines without those that only say that it tries again, except the first. Long lines are cut. */
export const withoutRetries = (said: readonly string[]): string[] => {
  const lines = readable(said)
  const first = lines.findIndex((line) => retry.test(line))
  return lines.filter((line, at) => at <= first || !retry.test(line))
}
