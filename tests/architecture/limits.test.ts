import * as contract from '@vitrine/contract'
import * as choices from '@vitrine/contract/choices'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { filesBelow, importsOf, isForTests, type SourceFile } from './source-files.ts'

/** What these show is a share or a moment, drawn as a slider: its ends are the page's own and go to no route. */
const ownScales = [
  'apps/web/src/shared/viewers/LookTools.vue',
  'apps/web/src/shared/player/SeekBar.vue',
  // The ends come from the algorithm's schema; the numbers stand in where it names none.
  'apps/web/src/features/stage/components/ParameterField.vue',
]

/** Limits of a field in which a number is written: `file: max="5"`. Names of properties may hold digits. */
const limitsWithNumbers = ({ path, text }: SourceFile): string[] =>
  [...text.matchAll(/(?<=\s):?(?:min|max|minlength|maxlength|min-length|max-length)="([^"]*)"/g)]
    .filter(([, value = '']) => /(?<![\w.$])\d/.test(value))
    .map(([attribute]) => `${path}: ${attribute}`)

/** Lists of words in square brackets, each with the words that it holds. */
const wordLists = ({ text }: SourceFile): string[][] =>
  [...text.matchAll(/\[((?:\s*'[^']*',?)+\s*)\]/g)].map(([, inside = '']) =>
    [...inside.matchAll(/'([^']*)'/g)].map(([, word = '']) => word),
  )

const pages = filesBelow('apps/web/src').filter((file) => !isForTests(file))
const forms = pages.filter(({ path }) => path.endsWith('.vue'))

/** Every list of words that the contract has, with its name. */
const contractLists: [string, readonly string[]][] = [
  ...Object.entries(choices),
  ...Object.entries(contract).flatMap(([name, value]): [string, string[]][] =>
    value instanceof z.ZodEnum ? [[name, value.options.map(String)]] : [],
  ),
]
/** `file: name` for each list of a file that holds all words of one of the contract's. */
const repeatedLists = (file: SourceFile): string[] =>
  wordLists(file).flatMap((words) =>
    contractLists
      .filter(([, options]) => options.every((option) => words.includes(option)))
      .map(([name]) => `${file.path}: ${name}`),
  )

describe('what a page lets people enter is what the contract allows', () => {
  test('no field writes its limit as a number: it takes one of the contract', () => {
    expect(
      forms.filter(({ path }) => !ownScales.includes(path)).flatMap((file) => limitsWithNumbers(file)),
    ).toEqual([])
  })

  test('each page that may write numbers still does', () => {
    for (const path of ownScales)
      expect(
        forms.filter((file) => file.path === path).flatMap((file) => limitsWithNumbers(file)),
      ).not.toEqual([])
  })

  test('the search for numbers sees attributes and bound expressions, and no names', () => {
    const text = '<a maxlength="5" :max="6_0" :min="least ?? 1" :max="bounds.x2.max" aria-valuemax="9" />'
    expect(limitsWithNumbers({ path: 'a.vue', text })).toEqual([
      'a.vue: maxlength="5"',
      'a.vue: :max="6_0"',
      'a.vue: :min="least ?? 1"',
    ])
  })

  test('no page writes a list of words that the contract has', () => {
    expect(pages.flatMap((file) => repeatedLists(file))).toEqual([])
  })

  test('the search for lists sees one that holds more, or stands on several lines', () => {
    const text = "const roles = ['all', 'user',\n  'viewer',\n  'admin',\n]"
    expect(repeatedLists({ path: 'a.vue', text })).toEqual(['a.vue: roles', 'a.vue: role'])
  })

  test('limits, choices and walls import nothing, so that a page does not load zod for them', () => {
    const files = filesBelow('packages/contract/src').filter(({ path }) =>
      /\/src\/(limits|choices|walls)\.ts$/.test(path),
    )
    expect(files).toHaveLength(3)
    expect(files.flatMap((file) => importsOf(file))).toEqual([])
  })

  test('the pattern of a slug and its greatest length agree', () => {
    const { longest, slugPattern } = contract
    expect('a'.repeat(longest.slug)).toMatch(slugPattern)
    expect('a'.repeat(longest.slug + 1)).not.toMatch(slugPattern)
  })
})
