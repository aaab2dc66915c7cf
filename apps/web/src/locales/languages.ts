import { languages } from '@vitrine/contract/choices'

export { languages }
/** A language of the interface. */
export type Language = (typeof languages)[number]

/** The names of the languages, each in itself. */
export const languageNames: Readonly<Record<Language, string>> = { zh: '中文', en: 'English' }

/** Value of `lang` and of Accept-Language. */
export const languageTag: Record<Language, string> = { zh: 'zh-CN', en: 'en' }

/** Texts by key; a feature's file `locales/<language>/<feature>.ts` exports its own as default, used as `<feature>.<key>`. */
export type Messages = { [key: string]: string | Messages }

/** Puts the modules that a glob found under their files' names. */
export const byFileName = (modules: Record<string, Messages>): Messages =>
  Object.fromEntries(
    Object.entries(modules).map(([path, messages]) => [
      path.replace(/^.*\//, '').replace(/\.ts$/, ''),
      messages,
    ]),
  )

/** Puts the modules that a glob found under the names of their folders. */
export const byFolderName = (modules: Record<string, Messages>): Messages =>
  Object.fromEntries(
    Object.entries(modules).map(([path, messages]) => [path.split('/').at(-2) ?? '', messages]),
  )
