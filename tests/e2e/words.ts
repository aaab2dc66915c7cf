import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { byFileName, type Language, type Messages } from '../../apps/web/src/locales/languages.ts'

/** A text of the interface by its key, its parameters filled in; throws for a key that has no text. */
export type Words = (key: string, parameters?: Record<string, string | number>) => string

const locales = new URL('../../apps/web/src/locales', import.meta.url).pathname

/** The interface's own texts in a language: tests find things on a page by what a person reads there. */
export async function wordsOf(language: Language): Promise<Words> {
  const folder = join(locales, language)
  const modules: Record<string, Messages> = {}
  for (const file of await readdir(folder)) {
    const module: { default: Messages } = await import(join(folder, file))
    modules[file] = module.default
  }
  const messages = byFileName(modules)
  return (key, parameters = {}) => {
    const found = key
      .split('.')
      .reduce<string | Messages | undefined>(
        (at, part) => (typeof at === 'object' ? at[part] : undefined),
        messages,
      )
    if (typeof found !== 'string') throw new Error(`no text ${language} ${key}`)
    return found.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? `{${name}}`))
  }
}
