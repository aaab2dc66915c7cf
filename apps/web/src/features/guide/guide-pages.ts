import type { Language } from '../../locales/languages.ts'

/** The chapters of the guide, in reading order; each is a file in docs/guide, in both languages. */
export const chapters = [
  'using',
  'presentation',
  'algorithm-contract',
  'bring-what-you-have',
  'coming-from',
  'containers',
  'model-files',
  'code',
  'gitea',
  'push-to-deploy',
  'configuration',
  'many-services',
  'running-services',
  'health-and-sleep',
  'logs-and-releases',
  'provenance',
  'calls-and-charts',
] as const
/** A chapter of the guide. */
export type Chapter = (typeof chapters)[number]

const files = import.meta.glob<string>('../../../../../docs/guide/*.md', { query: '?raw', import: 'default' })

/** The chapter with this name; the first one if there is none. */
export const chapterOf = (name: unknown): Chapter => chapters.find((chapter) => chapter === name) ?? 'using'

/** The text of a chapter as Markdown. It is loaded when it is read. */
export const loadChapter = async (chapter: Chapter, language: Language): Promise<string> => {
  const ending = language === 'zh' ? '.md' : `.${language}.md`
  const load = files[`../../../../../docs/guide/${chapter}${ending}`]
  if (load === undefined) throw new Error(`the guide has no ${chapter}${ending}`)
  return load()
}
