import { readFile } from 'node:fs/promises'
import { readIfAllowed } from '../../lib/read-if-allowed.ts'

/** What the settings of pip and npm say about the network. All are URLs as written. */
export type RegistrySettings = {
  /** The index of pip. */
  index: string[]
  /** The registry of npm. */
  registry: string[]
  /** Further indexes, pages with packages, and registries of scopes. */
  more: string[]
  /** Proxies that they name. */
  proxies: string[]
}

type Entry = { name: string; value: string }

/** A line of pip.conf or .npmrc that states something. Names of pip may end with a colon, as in Python's own format. */
const statement = /^(?:([\w-]+)\s*[:=]|(@[^=\s]+:registry)\s*=)\s*(.*)$/s

/** The entries of a pip.conf or an .npmrc, whatever section they are in. Indented lines go on with the value before. */
function entriesOf(text: string): Entry[] {
  const entries: Entry[] = []
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const last = entries.at(-1)
    const [, plain, scoped, value = ''] = statement.exec(line) ?? []
    const name = plain ?? scoped
    if (/^\s/.test(line) && last) last.value += ` ${line.trim()}`
    else if (name !== undefined) entries.push({ name, value })
  }
  return entries
}

/** The settings that variables of pip and npm state. */
const entriesOfVariables = (env: Readonly<Record<string, string>>): Entry[] =>
  Object.entries(env).flatMap(([variable, value]) => {
    const [, name] = /^(?:pip|npm_config)_(.+)$/i.exec(variable) ?? []
    return name === undefined ? [] : [{ name, value }]
  })

const meanings: readonly (readonly [keyof RegistrySettings, RegExp])[] = [
  ['index', /^index-url$/],
  ['registry', /^registry$/],
  ['more', /^(extra-index-url|find-links|disturl|@.*:registry)$/],
  ['proxies', /^(https?-)?proxy$/],
]

/** The URLs in a value, in which `${NAME}` is replaced by a variable. */
const urlsIn = (value: string, env: Readonly<Record<string, string>>): string[] =>
  value
    .replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => env[name] ?? '')
    .split(/[\s"']+/)
    .filter((word) => URL.canParse(word) && word.includes('://'))

/** Reads what variables and the texts of settings files (pip.conf, .npmrc) say. Pure. */
export function registrySettings(
  env: Readonly<Record<string, string>>,
  files: readonly string[],
): RegistrySettings {
  const settings: RegistrySettings = { index: [], registry: [], more: [], proxies: [] }
  for (const { name, value } of [...entriesOfVariables(env), ...files.flatMap(entriesOf)]) {
    const usual = name.toLowerCase().replaceAll('_', '-')
    const [meaning] = meanings.find(([, names]) => names.test(usual)) ?? []
    if (meaning) settings[meaning].push(...urlsIn(value, env))
  }
  return settings
}

/** Files that pip and npm read on every machine. Those of a home folder are not seen by builds. */
const usualFiles = ['/etc/pip.conf', '/etc/xdg/pip/pip.conf', '/etc/npmrc']
const naming = /^(pip_config_file|npm_config_(global|user)config)$/i

/** Reads the settings that builds with these variables have on this machine. */
export async function readRegistrySettings(env: Readonly<Record<string, string>>): Promise<RegistrySettings> {
  const named = Object.entries(env).flatMap(([name, value]) => (naming.test(name) ? [value] : []))
  const files = [...usualFiles, ...named]
  const texts = await Promise.all(files.map((file) => readIfAllowed(() => readFile(file, 'utf8'))))
  return registrySettings(
    env,
    texts.filter((text) => text !== null),
  )
}
