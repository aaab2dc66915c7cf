import type { LanguageFn } from 'highlight.js'

/** The longest text that is shown with colours, in characters. Longer text would keep a browser busy for too long. */
const longest = 200_000

type Load = () => Promise<{ default: LanguageFn }>

/** The languages of algorithms, each in a chunk of its own. */
const languages: Record<string, Load> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  css: () => import('highlight.js/lib/languages/css'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  ini: () => import('highlight.js/lib/languages/ini'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  md: () => import('highlight.js/lib/languages/markdown'),
  python: () => import('highlight.js/lib/languages/python'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
}

const endings: Record<string, string> = {
  sh: 'bash',
  bash: 'bash',
  c: 'c',
  h: 'c',
  cpp: 'cpp',
  hpp: 'cpp',
  cc: 'cpp',
  cu: 'cpp',
  css: 'css',
  toml: 'ini',
  ini: 'ini',
  cfg: 'ini',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  json: 'json',
  ipynb: 'json',
  md: 'md',
  py: 'python',
  pyi: 'python',
  ts: 'typescript',
  tsx: 'typescript',
  vue: 'xml',
  html: 'xml',
  xml: 'xml',
  svg: 'xml',
  yaml: 'yaml',
  yml: 'yaml',
  dockerfile: 'dockerfile',
  makefile: 'makefile',
  pipfile: 'ini',
}

/** The language of a file, by its name; null if it has no colours. */
export const languageOfFile = (path: string): string | null => {
  const name = path.split('/').at(-1)?.toLowerCase() ?? ''
  return endings[name] ?? endings[name.split('.').at(-1) ?? ''] ?? null
}

/**
 * Code as HTML with colours: its text is escaped, and nothing but spans with classes is added. Null if the language is not known
 * or the text too long.
 */
export const highlighted = async (path: string, text: string): Promise<string | null> => {
  const language = languageOfFile(path)
  const load = language === null ? undefined : languages[language]
  if (language === null || load === undefined || text.length > longest) return null
  const [{ default: core }, { default: grammar }] = await Promise.all([
    import('highlight.js/lib/core'),
    load(),
  ])
  if (core.getLanguage(language) === undefined) core.registerLanguage(language, grammar)
  return core.highlight(text, { language, ignoreIllegals: true }).value
}
