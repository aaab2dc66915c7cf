import { say } from '../recognition/plan.ts'
import type { Requirements } from '../recognition/python/requirements.ts'
import type { Finding } from '../../sources/finding.ts'
import type { BrokenLine, ListedPackage } from '../../requirements/read-requirements.ts'

const namedAtMost = 12

const place = ({ path, line, text }: { path: string; line: number; text: string }) =>
  say(`${path} 第 ${line} 行：${text}`, `${path} line ${line}: ${text}`)

const fails = say('部署时依赖安装会失败', 'Installing the dependencies fails when it is deployed')

function brokenFinding(one: BrokenLine): Finding {
  const { path, line, what } = one
  const at = place(one)
  const words = {
    missing: {
      text: say(`${at.zh}，但包里没有这个文件`, `${at.en}, but the package has no such file`),
      mend: say('把文件一起上传，或删掉这一行', 'Upload the file as well, or delete this line'),
    },
    foreign: {
      text: say(`${at.zh}，这是另一台机器上的路径`, `${at.en}, which is a path of another machine`),
      mend: say(
        '把文件放进包里，或只写名称和版本（pip list --format=freeze）',
        'Put the file into the package, or write only name and version (pip list --format=freeze)',
      ),
    },
    line_break: {
      text: say(
        `${at.zh}，里面有换行，会变成另一条依赖或安装选项`,
        `${at.en}, with a line break: what follows it would be another requirement or an option`,
      ),
      mend: say('把它写在一行里', 'Write it in one line'),
    },
    cycle: {
      text: say(`${at.zh}，又引用了引用它的文件`, `${at.en}, which includes a file that includes this one`),
      mend: say('每个文件只读一次；请删掉这一行', 'Each file is read once. Delete this line'),
    },
  }[what]
  return {
    code: `preflight.requirement_${what}`,
    path,
    line,
    ...words,
    ...(what !== 'cycle' && { follows: fails }),
  }
}

/**
 * The version that a line asks for, as pip compares it: `1.26` is `1.26.0`, and what follows `+` may be left out. Null
 * for a range, `2.1.*`, and a version that is not of numbers alone: only pip knows whether two of those exclude each other.
 */
function version({ text }: ListedPackage): string | null {
  const [, written = ''] = /^[^=;]*===?\s*([^\s;,]+)/.exec(text) ?? []
  const [, numbers] = /^v?(\d+(?:\.\d+)*)(?:\+[\w.-]+)?$/.exec(written) ?? []
  if (numbers === undefined) return null
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''))
  return parts.slice(0, parts.findLastIndex((part) => part !== '0') + 1).join('.')
}

/** Problems for a distribution that is asked for in two different versions. */
function contradictions(packages: readonly ListedPackage[]): Finding[] {
  const first = new Map<string, ListedPackage>()
  return packages.flatMap((one): Finding[] => {
    // With a marker, a line may be for another system or version of Python.
    if (one.name === '' || version(one) === null || one.text.includes(';')) return []
    const before = first.get(one.name)
    if (before === undefined) first.set(one.name, one)
    if (before === undefined || version(before) === version(one)) return []
    const [here, there] = [place(one), place(before)]
    return [
      {
        code: 'preflight.requirement_conflict',
        path: one.path,
        line: one.line,
        text: say(`${here.zh}，但 ${there.zh}`, `${here.en}, but ${there.en}`),
        follows: fails,
        mend: say('只留下其中一行', 'Keep only one of the two lines'),
      },
    ]
  })
}

/** Names by which a library is imported, and which no index has, or has only to fail. */
const importedAs: Readonly<Record<string, string>> = {
  cv2: 'opencv-python-headless',
  pil: 'pillow',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  yaml: 'pyyaml',
}

/** Problems for lines that name a library as it is imported, with the line that is meant. */
const misnamed = (packages: readonly ListedPackage[]): Finding[] =>
  packages.flatMap((one): Finding[] => {
    const meant = Object.hasOwn(importedAs, one.name) ? importedAs[one.name] : undefined
    // What has an address is not looked for in an index.
    if (meant === undefined || /[@/]/.test(one.text)) return []
    const at = place(one)
    return [
      {
        code: 'preflight.requirement_misnamed',
        path: one.path,
        line: one.line,
        text: say(
          `${at.zh}，这是 import 时的名字，软件源里的名字是 ${meant}`,
          `${at.en} is the name by which it is imported; indexes have it as ${meant}`,
        ),
        follows: fails,
        mend: say(`改成 ${meant}`, `Write ${meant} in its place`),
        ...(one.path.endsWith('.txt') && {
          adds: { path: one.path, lines: [meant], replaces: one.text },
        }),
      },
    ]
  })

const list = (names: readonly string[], language: 'zh' | 'en') => {
  const shown = names.slice(0, namedAtMost).join(language === 'zh' ? '、' : ', ')
  const more = names.length - namedAtMost
  return more <= 0
    ? shown
    : language === 'zh'
      ? `${shown} 等 ${names.length} 个`
      : `${shown} and ${more} more`
}

function unpinned(file: string, packages: readonly ListedPackage[]): Finding[] {
  const names = [
    ...new Set(packages.filter(({ isPinned, name }) => !isPinned && name !== '').map(({ name }) => name)),
  ]
  if (names.length === 0) return []
  return [
    {
      code: 'preflight.requirement_unpinned',
      path: file,
      text: say(`没有写死版本：${list(names, 'zh')}`, `Without an exact version: ${list(names, 'en')}`),
      mend: say(
        '写成 名称==版本，以后部署装到的才一样（pip freeze）',
        'Write name==version, so that later deploys install the same (pip freeze)',
      ),
    },
  ]
}

function notOfPip({ left, from }: Requirements): Finding[] {
  if (left.length === 0 || from === null) return []
  return [
    {
      code: 'preflight.requirement_conda',
      path: from,
      text: say(
        `${from} 里这些只有 conda 有：${list(left, 'zh')}`,
        `Only conda has these of ${from}: ${list(left, 'en')}`,
      ),
      follows: say(
        '平台用 pip 安装其余的，这些不会安装',
        'The platform installs the rest with pip, and does not install these',
      ),
      mend: say(
        '需要的话请管理员装在这台机器上',
        'If the code needs them, ask the administrator to install them on this machine',
      ),
    },
  ]
}

/** What a project file says that pip cannot do, or does in another way. */
const otherFindings = ({ notFollowed }: Requirements): Finding[] =>
  notFollowed.slice(0, namedAtMost).map(({ path, what, why }) => ({
    code: 'preflight.requirement_other',
    path,
    text: say(`${path} ${what}：${why.zh}`, `${path} ${what}: ${why.en}`),
  }))

/** Mistakes in the requirements of a package, found before pip finds them. */
export function requirementFindings(requirements: Requirements): {
  problems: Finding[]
  warnings: Finding[]
} {
  const { list: read, file } = requirements
  const broken = (read?.broken ?? []).map(brokenFinding)
  const isCycle = ({ code }: Finding) => code === 'preflight.requirement_cycle'
  return {
    problems: [
      ...broken.filter((finding) => !isCycle(finding)),
      ...contradictions(read?.packages ?? []),
      ...misnamed(read?.packages ?? []),
    ].slice(0, namedAtMost),
    warnings: [
      ...broken.filter(isCycle),
      ...notOfPip(requirements),
      ...otherFindings(requirements),
      ...(file === null ? [] : unpinned(file, read?.packages ?? [])),
    ],
  }
}
