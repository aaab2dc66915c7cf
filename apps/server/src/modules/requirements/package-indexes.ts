import type { Sentence } from '../sources/finding.ts'

/** An index of packages that a project names. A flat one is a page or folder with files. */
export type PackageIndex = { name: string; url: string; isDefault: boolean; isFlat: boolean }

/** A part of a file that is not followed, as its author wrote it, and why. */
export type NotFollowed = { what: string; why: Sentence }

const pypi = /^https:\/\/pypi\.(?:python\.)?org\/simple\/?$/

const secret: Sentence = {
  zh: '地址里有账号或密码。计划和日志会公开它，所以没有采用；请管理员把这个源写进平台的 PIP_EXTRA_INDEX_URL 或 /etc/pip.conf',
  en: 'its address has a name or password. The plan and the log would show it, so it is not used; ask the administrator to put the index into PIP_EXTRA_INDEX_URL or /etc/pip.conf of the platform',
}
const variable: Sentence = {
  zh: '地址里有变量，构建时没有它的值；请管理员把这个源写进平台的 PIP_EXTRA_INDEX_URL 或 /etc/pip.conf',
  en: 'its address has a variable, which builds have no value for; ask the administrator to put the index into PIP_EXTRA_INDEX_URL or /etc/pip.conf of the platform',
}
const noAddress: Sentence = {
  zh: '不是 http 或 https 的地址',
  en: 'it is no address of http or https',
}

/** Why a web address cannot be part of a plan. Null if it can. Pure. */
export function whyNotAddress(url: string): Sentence | null {
  if (/\$\{|\$\w|%\(/.test(url)) return variable
  if (/\s/.test(url) || !URL.canParse(url)) return noAddress
  const { protocol, username, password } = new URL(url)
  if (username !== '' || password !== '') return secret
  return protocol === 'https:' || protocol === 'http:' ? null : noAddress
}

/**
 * Lines of a requirements file for the indexes of a project, and those that cannot be used. The first default takes the place
 * of the platform's own, unless it is PyPI: the platform may have a mirror of that. `where` is what the file calls them. Pure.
 */
export function indexLines(
  indexes: readonly PackageIndex[],
  where: string,
): { lines: string[]; left: NotFollowed[] } {
  const left: NotFollowed[] = []
  const usable = indexes.filter(({ name, url, isFlat }) => {
    const why = isFlat && /^\.{0,2}\//.test(url) ? null : whyNotAddress(url)
    if (why) left.push({ what: `${where} ${name}`.trim(), why })
    return why === null
  })
  const main = usable.find(({ isDefault, isFlat, url }) => isDefault && !isFlat && !pypi.test(url))
  const lines = usable.flatMap((index) => {
    if (index.isFlat) return [`--find-links ${index.url}`]
    if (index === main) return [`--index-url ${index.url}`]
    return pypi.test(index.url) && !main ? [] : [`--extra-index-url ${index.url}`]
  })
  // pip takes the last index that is stated, so the default comes first and once.
  return { lines: [...new Set(lines)], left }
}
