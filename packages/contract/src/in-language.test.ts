import { describe, expect, test } from 'vitest'
import { inLanguage, nameTranslations, textsOf } from './in-language.ts'
import { manifest, manifestSource, type Manifest } from './manifest.ts'
import { asWritten, textIn } from './translations.ts'

const written = (part: Partial<Manifest> = {}): Manifest => ({
  id: 'one',
  name: '一',
  version: '1',
  description: '',
  task: 'other',
  runtime: 'node',
  form: 'node-package',
  entry: 'index.js',
  input: {},
  parameters: {},
  output: {},
  examples: [],
  health: { path: '/health', startup_timeout_s: 60, interval_s: 10 },
  resources: {},
  concurrency: 1,
  batch: { max_size: 1, max_wait_ms: 5 },
  env: [],
  quality: [],
  cover: null,
  translations: { en: { 一: 'one', 二: 'two', 三: 'three' } },
  ...part,
})

describe('the English form of', () => {
  test.each<[string, Partial<Manifest>, Partial<Manifest>]>([
    ['the name', { name: '二' }, { name: 'two' }],
    ['the description', { description: '二' }, { description: 'two' }],
    ['stated quality', { quality: ['一', '二'] }, { quality: ['one', 'two'] }],
    [
      'names of examples, not their inputs and parameters',
      {
        examples: [
          { name: '二', input_data: ['一', { title: '二' }], parameters: { a: '一' }, expect: ['一'] },
        ],
      },
      {
        examples: [
          { name: 'two', input_data: ['一', { title: '二' }], parameters: { a: '一' }, expect: ['一'] },
        ],
      },
    ],
    [
      'title and description of the input',
      { input: { title: '一', description: '二', 'x-kind': 'image' } },
      { input: { title: 'one', description: 'two', 'x-kind': 'image' } },
    ],
    [
      'a choice’s labels, not the values that they stand for',
      {
        parameters: { properties: { way: { enum: ['一', '二'], 'x-labels': ['一', '二'], default: '一' } } },
      },
      {
        parameters: {
          properties: { way: { enum: ['一', '二'], 'x-labels': ['one', 'two'], default: '一' } },
        },
      },
    ],
    [
      'titles of alternatives, not their constants',
      { parameters: { properties: { way: { oneOf: [{ const: '一', title: '一' }] } } } },
      { parameters: { properties: { way: { oneOf: [{ const: '一', title: 'one' }] } } } },
    ],
    [
      'parameters that are called like keywords',
      { parameters: { properties: { title: { title: '一' }, default: { description: '二' } } } },
      { parameters: { properties: { title: { title: 'one' }, default: { description: 'two' } } } },
    ],
    [
      'outputs and what is in them, not the names that programs know them by',
      { output: { title: '一', prefixItems: [{ title: '二', 'x-name': '二' }, true], items: false } },
      { output: { title: 'one', prefixItems: [{ title: 'two', 'x-name': '二' }, true], items: false } },
    ],
    [
      'nothing in data that looks like a schema',
      {
        input: {
          default: { title: '一' },
          const: { title: '一' },
          enum: [{ title: '一' }],
          examples: ['一'],
        },
      },
      {
        input: {
          default: { title: '一' },
          const: { title: '一' },
          enum: [{ title: '一' }],
          examples: ['一'],
        },
      },
    ],
    ['what has no translation as it is written', { description: '四' }, { description: '四' }],
    ['ids and entries as they are', { id: 'one', entry: '一' }, { id: 'one', entry: '一' }],
  ])('%s', (_name, part, expected) => {
    const { translations: _, name: _own, ...rest } = written(part)
    const name = part.name ?? '一'
    expect(inLanguage(written({ ...part, name }), 'en')).toEqual({
      ...rest,
      name: textIn({ en: { 一: 'one', 二: 'two' } }, 'en')(name),
      ...expected,
    })
  })

  test('a manifest without translations to the language is returned as written, without the translations', () => {
    const { translations: _, ...as } = written({ description: '二' })
    expect(inLanguage(written({ description: '二' }), 'zh')).toEqual(as)
    expect(inLanguage(as, 'en')).toEqual(as)
  })

  test('a manifest has the words of its results in that language only', () => {
    const results = { en: { 人: 'person' }, zh: { cat: '猫' } }
    const both = written({ result_translations: results })
    expect(inLanguage(both, 'en').result_words).toEqual({ 人: 'person' })
    expect(inLanguage(both, 'zh').result_words).toEqual({ cat: '猫' })
    expect(inLanguage(written({ result_translations: { en: {} } }), 'zh')).not.toHaveProperty('result_words')
    expect(inLanguage(both, 'en')).not.toHaveProperty('result_translations')
  })

  test('a text like a property of every object is translated like any other', () => {
    const say = textIn({ en: {} }, 'en')
    expect(['constructor', 'toString', '__proto__'].map(say)).toEqual([
      'constructor',
      'toString',
      '__proto__',
    ])
  })
})

test('the texts of a manifest are all texts for people, each once and none empty', () => {
  const texts = textsOf(
    written({
      input: { title: '二' },
      parameters: { properties: { 五: { title: '三', enum: ['四'], 'x-labels': ['二'] } } },
      examples: [{ name: '三', input_data: ['六'] }],
    }),
  )
  expect([...texts].toSorted()).toEqual(['一', '二', '三'].toSorted())
})

test('the translations of the manifest’s name are only those of the name', () => {
  expect(nameTranslations(written({ name: '二' }))).toEqual({ en: { 二: 'two' } })
  expect(nameTranslations({ name: '二' })).toEqual({})
})

test('a translated title that a form sends back is turned into the written one', () => {
  const known = { en: { 一: 'one' }, zh: { two: '二' } }
  expect(['one', '二', '一', 'mine'].map((shown) => asWritten(known, shown))).toEqual([
    '一',
    'two',
    '一',
    'mine',
  ])
  expect(asWritten(undefined, 'one')).toBe('one')
})

describe('translations as an author writes them', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, 'x']))
  test.each<[string, unknown, boolean]>([
    ['both languages', { en: { 一: 'one' }, zh: { two: '二' } }, true],
    ['none', {}, true],
    ['500 texts', { en: many(500) }, true],
    ['501 texts', { en: many(501) }, false],
    ['a translation of 2000 characters', { en: { 一: 'x'.repeat(2000) } }, true],
    ['a longer one', { en: { 一: 'x'.repeat(2001) } }, false],
    ['an empty one', { en: { 一: '' } }, false],
    ['a number', { en: { 一: 1 } }, false],
    ['a language that is not spoken here', { fr: { 一: 'un' } }, false],
  ])('%s', (_name, translations, isFine) => {
    expect(manifestSource.safeParse({ translations }).success).toBe(isFine)
  })

  test('are kept in the manifest, and are optional', () => {
    expect(manifest.parse(written()).translations).toEqual(written().translations)
    const { translations: _, ...without } = written()
    expect(manifest.parse(without)).toEqual(without)
  })
})
