import { describe, expect, test } from 'vitest'
import { expressionsIn, type Expression } from './expressions.ts'
import { slownessOf } from './slow-expressions.ts'
import { filesBelow, isForTests } from './source-files.ts'

/** Expressions that may be slow, because the text is short whoever wrote it: `file: expression`, and what bounds the text. */
const onShortTexts: Readonly<Record<string, string>> = {
  [String.raw`apps/server/src/modules/algorithms/recognition/launch/self-serving.ts: ([\w.]+)\s*(?::[^=\n]*)?=\s*(?:\w+\.)*$`]:
    'it sees 200 characters before a call',
}

const folders = ['apps/server/src', 'apps/gateway/src', 'runtimes/node/src', 'packages/contract/src']
const expressions = folders
  .flatMap((folder) => filesBelow(folder, ['.ts']))
  .filter((file) => !isForTests(file))
  .flatMap(expressionsIn)

const nameOf = ({ path, source }: Expression) => `${path}: ${source}`
const keyOf = ({ source, flags }: Expression) => `${source}/${flags}`
const isSlow = ({ source, flags }: Pick<Expression, 'source' | 'flags'>) => slownessOf(source, flags) !== null

test('regular expressions take a time in proportion to the text, whoever wrote it, but for those on short texts', () => {
  const once = new Map(expressions.map((one) => [keyOf(one), one]))
  const slow = new Map(
    [...once].flatMap(([key, { source, flags }]) => {
      const found = slownessOf(source, flags)
      return found ? [[key, JSON.stringify(found.text)] as const] : []
    }),
  )
  const slowOnes = expressions.filter((one) => slow.has(keyOf(one)))
  const offences = slowOnes.filter((one) => !(nameOf(one) in onShortTexts))
  expect(expressions.length).toBeGreaterThan(800)
  expect(
    offences.map((one) => `${nameOf(one)} (line ${one.line}) is slow for ${slow.get(keyOf(one))}`),
  ).toEqual([])
  // Each that may be slow is there, and is.
  expect(slowOnes.map(nameOf)).toEqual(Object.keys(onShortTexts))
})

describe('the search for slow expressions', () => {
  test.each([
    ['a comment up to the end of a line that has other separators', /\s#.*$/],
    ['the same, also at the beginning of the line', /(^|\s)#.*$/],
    ['a scheme that may begin at each point', /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi],
    ['blanks before an end', /\s+$/],
    ['hyphens at both ends', /^-+|-+$/g],
    ['words of which two repetitions take the same', /^pip install(?:\s+(?:-U|-q))*(?:\s+[\w.-]+)+$/],
    ['blanks before a word', /\s*&&\s*/],
    ['two repetitions of the same', /^(\d+)\s+(.+)$/],
    [
      'two repetitions of the same behind a longer beginning',
      /^exited: \w+ \(status (\d+)[^;]*; expected\)$/,
    ],
    ['words far from each other', /rlimit.*operation not permitted/is],
    ['brackets that do not close', /<[^>]*>/g],
    ['blank lines before a word', /^\s*version:/m],
    ['repetitions of repetitions', /^(a+)+$/],
  ])('finds %s', (_name, { source, flags }) => {
    expect(isSlow({ source, flags })).toBe(true)
  })

  test.each([
    ['a search for where a comment begins', /\s#/],
    ['repetitions that cannot match the same', /^(\d+)\s+(\S.*)$/],
    ['a run of blanks that is begun once', /(?<!\s)\s+$/],
    ['brackets in which none is opened', /<[^<>]*>/g],
    ['a bounded repetition', /\[[^\]]{0,300}\]\(/g],
  ])('leaves out %s', (_name, { source, flags }) => {
    expect(isSlow({ source, flags })).toBe(false)
  })

  test('reads literals, and texts that are put together of what the file states', () => {
    const text = [
      'const blank = "\\\\s"',
      'const raw = String.raw`\\s${blank}*`',
      'export const all = [/a+/g, new RegExp(`^${raw}${given}$`, "m")]',
    ].join('\n')
    expect(expressionsIn({ path: 'a.ts', text })).toEqual([
      { path: 'a.ts', line: 3, source: 'a+', flags: 'g' },
      { path: 'a.ts', line: 3, source: String.raw`^\s\s*word$`, flags: 'm' },
    ])
  })
})
