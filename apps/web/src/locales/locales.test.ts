import { resultKindNames } from '@vitrine/contract/results'
import { describe, expect, test } from 'vitest'
import en from './en.ts'
import type { Messages } from './languages.ts'
import zh from './zh.ts'

const flat = (messages: Messages, above = ''): [string, string][] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [[above + key, value]] : flat(value, `${above}${key}.`),
  )
const zhTexts = new Map(flat(zh))
const enTexts = new Map(flat(en))

const sources = Object.entries(
  import.meta.glob<string>(
    ['../**/*.{vue,ts}', '!../locales/**', '!../shared/kinds/*/{zh,en}.ts', '!../**/*.test.ts'],
    {
      query: '?raw',
      import: 'default',
      eager: true,
    },
  ),
)
const all = (pattern: RegExp): { file: string; key: string }[] =>
  sources.flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map((match) => ({ file, key: match[1] ?? '' })),
  )

/** Keys asked for as they stand: `t('a.b')`, `te("a.b")`, `titleKey: 'a.b'`, `labelKey: 'a.b'`, `keypath="a.b"`. */
const asked = all(/(?:\bte?\(\s*|titleKey: |labelKey: |keypath=)['"]([^'"\n]+)['"]/g)
/**
 * Keys that are composed, such as `a.${word}`. A word is one part of a key, but the code of an error contains dots
 * itself.
 */
const patterns = all(/`((?:[a-z_]+\.)[^`\n]*\$\{[^`\n]*)`/g).map(({ file, key }) => {
  const expression = key
    .split(/(\$\{[^}]*\})/)
    .map((part, index) => {
      if (index % 2 === 1) return part.endsWith('code}') ? '.+' : '[^.]+'
      return part.replace(/[.*+?^()|[\]\\]/g, '\\$&')
    })
    .join('')
  return { file, key, matches: new RegExp(`^${expression}$`) }
})
const literals = new Set(all(/['"`]([\w-]+(?:\.[\w-]+)+)['"`]/g).map(({ key }) => key))

// A plural form (`one | {count} many`) may name a value more or less often.
const placeholders = (text: string): string =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort().join()

describe('the texts of the interface', () => {
  test('name every kind of result', () => {
    const named = resultKindNames.filter((kind) => zhTexts.has(`kinds.${kind}.name`))
    expect(named).toEqual(resultKindNames)
  })

  test('exist in both languages under the same keys', () => {
    expect([...enTexts.keys()].sort()).toEqual([...zhTexts.keys()].sort())
  })

  test('take the same values in both languages', () => {
    const differing = [...zhTexts].filter(
      ([key, text]) => placeholders(text) !== placeholders(enTexts.get(key) ?? ''),
    )
    expect(differing).toEqual([])
  })

  test('are there for every key that is asked for', () => {
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter(({ key }) => !zhTexts.has(key))).toEqual([])
  })

  test('are there for every key that is put together', () => {
    const namespaces = new Set(Object.keys(zh))
    const missing = patterns
      .filter(({ key }) => namespaces.has(key.split('.')[0] ?? ''))
      .filter(({ matches }) => ![...zhTexts.keys()].some((key) => matches.test(key)))
    expect(missing.map(({ file, key }) => ({ file, key }))).toEqual([])
  })

  test('are all used', () => {
    const unused = [...zhTexts.keys()].filter(
      (key) => !literals.has(key) && !patterns.some(({ matches }) => matches.test(key)),
    )
    expect(unused).toEqual([])
  })

  test('write the number of a release as #1, and that of a code version as v1', () => {
    const loose = /(?:版本|release|version) \{(?:number|release|version|next)\}|第 \{\w+\} 版/i
    const texts = [...zhTexts, ...enTexts].filter(([key]) => !key.startsWith('walls.'))
    expect(texts.filter(([, text]) => loose.test(text))).toEqual([])
  })
})
