import { resultKindNames } from '@vitrine/contract/results'
import { describe, expect, test } from 'vitest'
import { filesBelow, isForTests } from './source-files.ts'

/** A kind of result may be named in these two folders. */
const homes = [
  /^apps\/web\/src\/shared\/kinds\/[\w-]+\//,
  /^packages\/contract\/src\/results\//,
  // An algorithm returns plain values, and both runtimes infer the kind of those with a distinctive form.
  /^runtimes\/node\/src\/outputs\.ts$/,
]
/** Kinds whose names have other meanings too: a media type, a form field, a JavaScript type, a role of an element. */
const commonWords = new Set<string>([
  'text',
  'json',
  'number',
  'table',
  'chart',
  'image',
  'audio',
  'video',
  'file',
])
/** In these files, which handle results, a common word means the kind. */
const handlesResults = [
  /^apps\/web\/src\/shared\/(kinds|results|differences|covers)\//,
  /^apps\/web\/src\/features\/compare\/[\w-]+\.ts$/,
  /^apps\/web\/src\/features\/showcase\//,
  /^apps\/server\/src\/modules\/showcase\//,
]

const matches = (path: string, patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(path))
const sources = ['packages', 'apps', 'runtimes/node/src']
  .flatMap((folder) => filesBelow(folder))
  .filter((file) => !isForTests(file) && !matches(file.path, homes))

/** `file: 'kind'` for each file that has the kind in quotes after `before`. */
const filesThatName = (kind: string, files: typeof sources, before = ''): string[] =>
  files
    .filter(({ text }) => new RegExp(`${before}['"\`]${kind}['"\`]`).test(text))
    .map(({ path }) => `${path}: '${kind}'`)

describe('a kind of result is defined in one place', () => {
  test('the search finds a kind in its own folders', () => {
    const all = filesBelow('apps/web/src/shared/kinds').filter((file) => !isForTests(file))
    for (const kind of resultKindNames) expect(filesThatName(kind, all), kind).not.toEqual([])
  })

  test('no other file names a kind', () => {
    const own = resultKindNames.filter((kind) => !commonWords.has(kind))
    expect(own.flatMap((kind) => filesThatName(kind, sources))).toEqual([])
  })

  test('code that handles results checks for no kind, not even one with a common word', () => {
    const files = sources.filter(({ path }) => matches(path, handlesResults))
    expect(files.length).toBeGreaterThan(20)
    const asksFor = String.raw`(?:\bkind\s*(?:[!=]==|:)\s*|\bcase\s+)`
    expect([...commonWords].flatMap((kind) => filesThatName(kind, files, asksFor))).toEqual([])
  })

  test('each kind has a file in the contract, and a folder with its texts and an example in the pages', () => {
    const contract = filesBelow('packages/contract/src/results').map(({ path }) => path)
    const pages = filesBelow('apps/web/src/shared/kinds').map(({ path }) => path)
    for (const kind of resultKindNames) {
      expect(contract).toContain(`packages/contract/src/results/${kind}.ts`)
      for (const part of ['kind', 'example', 'zh', 'en'])
        expect(pages).toContain(`apps/web/src/shared/kinds/${kind}/${part}.ts`)
    }
  })
})
