import { indexLines, whyNotAddress, type PackageIndex } from '../../requirements/package-indexes.ts'

/** `pip install` by the names that it has in images. */
const pip = /^(?:uv )?(?:(?:\S*\/)?python[\d.]* -m )?(?:\S*\/)?pip[\d.]* install$/
/** A name with extras and a version, as pip takes it. */
const requirement = /^[A-Za-z][\w.-]*(?:\[[\w.,-]+\])?(?:[=~<>!]=?=?[\w.*+!,<>=~-]+)?$/
const isArchive = (word: string) =>
  whyNotAddress(word) === null && /\.(?:whl|zip|tar\.gz)$/.test(new URL(word).pathname)
/** Options that decide how pip works, and not what it installs. */
const ignored =
  /^(?:-[qvUI]+|--(?:upgrade|quiet|verbose|no-cache-dir|no-cache|no-input|user|system|disable-pip-version-check|break-system-packages|prefer-binary|no-warn-script-location|force-reinstall|ignore-installed|root-user-action(?:=\w+)?))$/
const indexOptions: Readonly<Record<string, Pick<PackageIndex, 'isDefault' | 'isFlat'>>> = {
  '-i': { isDefault: true, isFlat: false },
  '--index-url': { isDefault: true, isFlat: false },
  '--extra-index-url': { isDefault: false, isFlat: false },
  '-f': { isDefault: false, isFlat: true },
  '--find-links': { isDefault: false, isFlat: true },
}

/** The words of a command that uses nothing of a shell but quotes. Null for every other one. */
function plainWords(command: string): string[] | null {
  const words: string[] = []
  for (const [word] of command.trim().matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/[`$|&;()\\\n]/.test(word)) return null
    words.push(word.replaceAll(/["']/g, ''))
  }
  return words
}

/** The lines of a requirements file for these arguments of `pip install`. Null if they are more than names and indexes. Pure. */
export function requirementsIn(args: readonly string[]): string[] | null {
  const packages: string[] = []
  const indexes: PackageIndex[] = []
  const rest = args[Symbol.iterator]()
  for (const word of rest) {
    const [option, given] = word.startsWith('--') ? splitOnce(word) : [word]
    const index = Object.hasOwn(indexOptions, option) ? indexOptions[option] : undefined
    if (index) {
      const url = given ?? rest.next().value ?? ''
      if (whyNotAddress(url) !== null) return null
      indexes.push({ name: option, url, ...index })
    } else if (requirement.test(word) || isArchive(word)) packages.push(word)
    else if (!ignored.test(word)) return null
  }
  if (packages.length === 0) return null
  return [...indexLines(indexes, '').lines, ...packages]
}

function splitOnce(option: string): [string, string?] {
  const at = option.indexOf('=')
  return at < 0 ? [option] : [option.slice(0, at), option.slice(at + 1)]
}

/** The lines of a requirements file for a command, if it only installs packages with pip. Null for every other command. Pure. */
export function installedBy(command: string): string[] | null {
  const lines: string[] = []
  for (const part of command.split('&&')) {
    const words = plainWords(part)
    const at = words?.indexOf('install') ?? -1
    if (!words || at < 0 || !pip.test(words.slice(0, at + 1).join(' '))) return null
    const found = requirementsIn(words.slice(at + 1))
    if (found === null) return null
    lines.push(...found)
  }
  return lines
}
