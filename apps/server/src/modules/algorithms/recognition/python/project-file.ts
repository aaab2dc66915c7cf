/** A longer file is no project file. In characters. */
const longest = 200_000

/** The lines below `[name]` of a TOML file, up to the next table. */
export function tableOf(text: string, name: string): string {
  const start = text.split('\n').findIndex((line) => line.trim() === `[${name}]`)
  if (start < 0) return ''
  const lines = text.split('\n').slice(start + 1)
  const end = lines.findIndex((line) => line.startsWith('['))
  return (end < 0 ? lines : lines.slice(0, end)).join('\n')
}

/** `[project]` with `dependencies = ["…"]`, the standard form. */
function standard(text: string): string[] {
  const project = tableOf(text, 'project')
  const start = /^dependencies\s*=\s*\[/m.exec(project)
  if (!start) return []
  const list: string[] = []
  const item = /\s*(?:#[^\n]*\n\s*)*(?:"([^"\n]*)"|'([^'\n]*)')\s*,?/y
  item.lastIndex = start.index + start[0].length
  for (let match = item.exec(project); match; match = item.exec(project))
    list.push(match[1] ?? match[2] ?? '')
  return list.filter((line) => line !== '')
}

/**
 * A version of Poetry as package indexes know it: `^1.2` is `>=1.2,<2`, `~1.2.3` is `>=1.2.3,<1.3`, and a number alone
 * is exactly that version.
 */
export function poetryVersion(written: string): string {
  const version = written.trim()
  if (version === '*' || version === '') return ''
  const [, sign, number = ''] = /^([\^~])=?\s*(\d[\w.]*)$/.exec(version) ?? []
  if (sign === undefined) return /^\d/.test(version) ? `==${version}` : version
  const parts = number.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const firstOther = parts.findIndex((part) => part > 0)
  const kept = sign === '^' ? (firstOther < 0 ? parts.length - 1 : firstOther) : Math.min(1, parts.length - 1)
  const next = [...parts.slice(0, kept), (parts[kept] ?? 0) + 1]
  return `>=${number},<${next.join('.')}`
}

/** The lines `name = "version"` of a table, also with extras. */
const versions = (table: string): string[] =>
  table.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = /^"?([\w.-]+)"?\s*=\s*(\{.*\}|"[^"]*"|'[^']*')/.exec(line) ?? []
    if (name === '' || name === 'python' || /\b(path|git|url|optional)\s*=/.test(value)) return []
    const version = value.startsWith('{')
      ? (/\bversion\s*=\s*"([^"]*)"/.exec(value)?.[1] ?? '*')
      : value.slice(1, -1)
    const extras = /\bextras\s*=\s*\[([^\]]{0,500})\]/.exec(value)?.[1]?.replaceAll(/["'\s]/g, '')
    return [`${name}${extras ? `[${extras}]` : ''}${poetryVersion(version)}`]
  })

/** The dependencies of a `pyproject.toml` (standard or of Poetry) or `Pipfile`, as lines of a requirements file. */
export function projectDependencies(source: string): string[] {
  const text = source.slice(0, longest).replaceAll('\r\n', '\n')
  const lines = standard(text)
  if (lines.length > 0) return lines
  return versions(tableOf(text, 'tool.poetry.dependencies') || tableOf(text, 'packages'))
}
