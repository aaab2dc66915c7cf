import { resultKindNames, resultKinds } from '@vitrine/contract/results'
import { describe, expect, test } from 'vitest'
import { filesBelow, isForTests, type SourceFile } from './source-files.ts'

/** A kind of result may be named in its two folders, and where a reason is given. */
const homes = [
  /^apps\/web\/src\/shared\/kinds\/[\w-]+\//,
  /^packages\/contract\/src\/results\//,
  // An algorithm returns plain values, and both runtimes infer the kind of those with a distinctive form.
  /^runtimes\/node\/src\/outputs\.ts$/,
  // Markdown is also the format of READMEs and of stories, which the pages show without a result.
  /^apps\/web\/src\/shared\/markdown\//,
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
  /^apps\/web\/src\/shared\/(kinds|results|viewers|differences|covers|report)\//,
  /^apps\/web\/src\/features\/compare\/[\w-]+\.ts$/,
  /^apps\/web\/src\/features\/showcase\//,
  /^apps\/server\/src\/modules\/showcase\//,
]

/** Kinds that are no word of a name elsewhere in the pages, as in `depthLimit`. The platform has tokens, and READMEs are Markdown. */
const commonNames = new Set<string>([...commonWords, 'tokens', 'markdown'])
/** Files that know results, where a name with the kind in it means the kind. Elsewhere, `depth` is that of folders. */
const namesMeanKinds = [
  /^apps\/web\/src\//,
  /^apps\/server\/src\/modules\/(comparisons|presentations|provenance|runs|shares|showcase)\//,
]
/** Names with the word of a kind that others have chosen, each with its file. */
const namesOfOthers = new Set([
  // The browser's `MediaStream` of a camera and a microphone.
  'apps/web/src/features/stage/components/CameraPicture.vue: getTracks',
  'apps/web/src/features/stage/use-sound-recorder.ts: getTracks',
  // An option of the library that writes videos.
  'apps/web/src/shared/viewers/video/mark-video.ts: tracks:',
])

const matches = (path: string, patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(path))
const sources = ['packages', 'apps', 'runtimes/node/src', 'scripts']
  .flatMap((folder) => filesBelow(folder, ['.ts', '.vue', '.mjs']))
  .filter((file) => !isForTests(file) && !matches(file.path, homes))
const ofKinds = filesBelow('apps/web/src/shared/kinds').filter((file) => !isForTests(file))

/** `file: 'kind'` for each file that has the kind in quotes after `before`. */
const filesThatName = (kind: string, files: readonly SourceFile[], before = ''): string[] =>
  files
    .filter(({ text }) => new RegExp(`${before}['"\`]${kind}['"\`]`).test(text))
    .map(({ path }) => `${path}: '${kind}'`)

/** `file: match` for each part of a file that matches. */
const matchesIn = (files: readonly SourceFile[], pattern: RegExp): string[] =>
  files.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([found]) => `${path}: ${found}`))

/** The key of a text of a kind, or a file in its folder, such as `kinds.depth.` and `kinds/depth/`. */
const partsOf = (kind: string) => new RegExp(String.raw`\bkinds[./]${kind}\b`, 'g')

/** Names with the kind in them: a property, a key or parameter, a prop in a template, a part of a longer name. */
function namesWith(kind: string): RegExp {
  const capital = kind.charAt(0).toUpperCase() + kind.slice(1)
  const forms = [
    String.raw`(?<=[\w)\]?])\.${kind}\b`,
    String.raw`(?<![\w$.'"-])${kind}\??:(?!:)`,
    String.raw`(?<=\s)(?::|v-model:)?${kind}=(?!=)`,
    String.raw`\b${kind}(?:_|(?=[A-Z]))\w+`,
    String.raw`\b\w*[a-z0-9]${capital}(?![a-z])\w*`,
    String.raw`\b\w+_${kind}(?![a-z])\w*`,
    String.raw`\b${capital}(?=[A-Z])\w+`,
  ]
  return new RegExp(forms.join('|'), 'g')
}

describe('a kind of result is defined in one place', () => {
  test('the search finds a kind in its own folders', () => {
    for (const kind of resultKindNames) expect(filesThatName(kind, ofKinds), kind).not.toEqual([])
  })

  test('no other file names a kind', () => {
    const own = resultKindNames.filter((kind) => !commonWords.has(kind))
    expect(own.flatMap((kind) => filesThatName(kind, sources))).toEqual([])
  })

  test('no other file uses the texts of a kind or a file of its folder', () => {
    expect(matchesIn(ofKinds, partsOf('depth'))).not.toEqual([])
    expect(resultKindNames.flatMap((kind) => matchesIn(sources, partsOf(kind)))).toEqual([])
  })

  test('no other file has a property or a name for what only one kind knows', () => {
    const text =
      'map.depth; { depth?: 1 }; <Map :depth="1" />; depth_limit; depthLimit; showDepth; own_depth; DepthMap'
    expect(matchesIn([{ path: 'a', text }], namesWith('depth'))).toHaveLength(8)
    const other = 'const depth = 1; depth === 2; depths; "depth-first"; InDepthly'
    expect(matchesIn([{ path: 'a', text: other }], namesWith('depth'))).toEqual([])

    const files = sources.filter(({ path }) => matches(path, namesMeanKinds))
    expect(files.length).toBeGreaterThan(500)
    const own = resultKindNames.filter((kind) => !commonNames.has(kind))
    const found = new Set(own.flatMap((kind) => matchesIn(files, namesWith(kind))))
    expect([...found].sort()).toEqual([...namesOfOthers].sort())
  })

  test('no other file names the task of a kind', () => {
    const tasks = resultKindNames.flatMap((kind) => {
      const { task } = resultKinds[kind]
      return typeof task === 'string' ? [task] : Object.values(task ?? {})
    })
    expect(tasks.length).toBeGreaterThan(8)
    expect(tasks.flatMap((task) => filesThatName(task, sources))).toEqual([])
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
