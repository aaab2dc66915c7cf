import { distributionName } from './requirement-lines.ts'

/** The longest lock file that is read, in characters. */
const longest = 1024 ** 2

type Pin = { name: string; version: string }

const valueOf = (block: string, key: string): string | null =>
  new RegExp(`^${key}\\s*=\\s*"([^"\\n]*)"`, 'm').exec(block)?.[1] ?? null

/** Where a package comes from if that is no index: the project itself, a folder, a repository. */
const fromElsewhere =
  /^source\s*=\s*\{\s*(editable|virtual|directory|path|git|url)\b|^type\s*=\s*"(directory|file|git|url)"/m

/** The packages of `uv.lock`, `poetry.lock` and `pdm.lock`. */
const inBlocks = (text: string): Pin[] =>
  text
    .split(/^\[\[package\]\]\s*$/m)
    .slice(1)
    .flatMap((block) => {
      const [name, version] = [valueOf(block, 'name'), valueOf(block, 'version')]
      return name === null || version === null || fromElsewhere.test(block) ? [] : [{ name, version }]
    })

/** The packages of `Pipfile.lock`. Each part is looked for once, because the file can be hostile. */
const inPipfile = (text: string): Pin[] => {
  const after = /"default"\s*:\s*\{([\s\S]*)/.exec(text)?.[1] ?? ''
  const end = after.indexOf('\n    }')
  // What follows the last end of an entry is not an entry.
  const entries = after
    .slice(0, Math.max(0, end))
    .split(/^ {8}\}/m)
    .slice(0, -1)
  return entries.flatMap((entry) => {
    const [, name = '', body = ''] = /^ {8}"([\w.-]+)"\s*:\s*\{([\s\S]*)/m.exec(entry) ?? []
    const version = /"version"\s*:\s*"==([^"\n]+)"/.exec(body)?.[1]
    return version === undefined ? [] : [{ name, version }]
  })
}

/** The lock files that are known, each with the file that it locks. */
export const lockFiles: Readonly<Record<string, readonly string[]>> = {
  'pyproject.toml': ['uv.lock', 'poetry.lock', 'pdm.lock'],
  Pipfile: ['Pipfile.lock'],
}

/**
 * The versions in a lock file, as lines of a constraints file: they limit what is installed and install nothing, so that
 * what the file has for development or other systems does no harm. A package with several versions is left out.
 */
export function pinsOf(path: string, source: string): string[] {
  const text = source.slice(0, longest).replaceAll('\r\n', '\n')
  const pins = path.endsWith('Pipfile.lock') ? inPipfile(text) : inBlocks(text)
  const versions = new Map<string, Set<string>>()
  for (const { name, version } of pins) {
    const known = versions.get(distributionName(name)) ?? new Set()
    versions.set(distributionName(name), known.add(version))
  }
  return [...versions].flatMap(([name, known]) =>
    known.size === 1 ? [`${name}==${[...known].join('')}`] : [],
  )
}
