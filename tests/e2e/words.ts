import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  byFileName,
  byFolderName,
  type Language,
  type Messages,
} from '../../apps/web/src/locales/languages.ts'

/** Looks up a text of the interface by key, with its parameters filled in. Throws for an unknown key. */
export type Words = (key: string, parameters?: Record<string, string | number>) => string

const pages = new URL('../../apps/web/src', import.meta.url).pathname

const load = async (paths: readonly string[]): Promise<Record<string, Messages>> => {
  const modules: Record<string, Messages> = {}
  for (const path of paths) {
    const module: { default: Messages } = await import(join(pages, path))
    modules[path] = module.default
  }
  return modules
}

/** Of a text with a form for one and a form for more, that of a count, as the pages choose it. */
const formOf = (text: string, count: string | number | undefined): string => {
  if (count === undefined) return text
  const [one = '', more = one] = text.split(' | ')
  return count === 1 ? one : more
}

/** The texts of the interface in a language. Tests find things on a page by what a person reads there. */
export async function wordsOf(language: Language): Promise<Words> {
  const features = await readdir(join(pages, 'locales', language))
  const kinds = await readdir(join(pages, 'shared/kinds'), { withFileTypes: true })
  const kindPaths = kinds
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `shared/kinds/${name}/${language}.ts`)
  const messages = {
    ...byFileName(await load(features.map((file) => `locales/${language}/${file}`))),
    kinds: byFolderName(await load(kindPaths)),
  }
  return (key, parameters = {}) => {
    const found = key
      .split('.')
      .reduce<string | Messages | undefined>(
        (at, part) => (typeof at === 'object' ? at[part] : undefined),
        messages,
      )
    if (typeof found !== 'string') throw new Error(`no text ${language} ${key}`)
    return formOf(found, parameters.count).replace(/\{(\w+)\}/g, (_, name: string) =>
      String(parameters[name] ?? `{${name}}`),
    )
  }
}
