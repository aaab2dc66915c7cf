import { describe, expect, test } from 'vitest'
import type { PackageView } from '../../sources/package-view.ts'
import { isPlaceholder, readDocstring } from './docstring-title.ts'
import { namingWarnings } from './naming.ts'
import { recognise, toInspection } from './recognise.ts'

const viewOf = (files: Record<string, string>): PackageView => ({
  files: Object.entries(files).map(([path, text]) => ({ path, size: Buffer.byteLength(text) })),
  readText: async (path) => files[path] ?? null,
})
const inspect = async (source: string, given = {}, packageName = 'ai_algorithm') => {
  const recognition = await recognise(viewOf({ [`${packageName}.py`]: source }), { packageName, ...given })
  const { manifest, named_from: from, warnings } = toInspection(recognition, [], 'en')
  return { id: manifest?.id, name: manifest?.name, from, warnings: warnings.map(({ code }) => code) }
}
const plain = 'class Algorithm:\n    def predict(self, input_data): return input_data\n'
const inClass = (docstring: string) =>
  `class Algorithm(object):\n    ${docstring}\n\n    def predict(self, input_data): return input_data\n`

describe('a single file gets its title', () => {
  test.each<[string, string, string, string]>([
    [
      'by its docstring',
      `"""中文情感分析。\n\n更多说明。\n"""\n${plain}`,
      '中文情感分析',
      'zhong-wen-qing-gan-fen-xi',
    ],
    [
      'by a docstring below comments',
      `#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\n'''Sentiment of reviews.'''\n${plain}`,
      'Sentiment of reviews',
      'sentiment-of-reviews',
    ],
    ['by the docstring of its class', inClass('"""  Counts people  """'), 'Counts people', 'counts-people'],
    [
      'by a raw docstring over several lines',
      inClass('r"""\n    人群计数\n    """'),
      '人群计数',
      'ren-qun-ji-shu',
    ],
    [
      'by the docstring of its function',
      'def predict(\n    text: str, top_k: int = 3,\n) -> dict[str, float]:\n    """评论情感：判断一句评论是正面还是负面"""\n    return {}\n',
      '评论情感',
      'ping-lun-qing-gan',
    ],
    ['by the module before the class', `"""One."""\n${inClass('"""Two."""')}`, 'One', 'one'],
  ])('%s', async (_name, source, name, id) => {
    expect(await inspect(source)).toEqual({
      id,
      name,
      from: { id: 'title', name: 'docstring' },
      warnings: [],
    })
  })

  test('from the given id, if it has no docstring', async () => {
    expect(await inspect(plain, { algorithmId: 'shop-reviews' })).toMatchObject({
      name: 'shop-reviews',
      from: { id: 'given', name: 'id' },
    })
    expect(await inspect(plain, { algorithmId: 'shop-reviews' }, 'sentiment')).toMatchObject({
      name: 'shop-reviews',
    })
  })

  test('from its own name, if that name is meaningful', async () => {
    expect(await inspect(plain, {}, '情感分析')).toMatchObject({
      id: 'qing-gan-fen-xi',
      name: '情感分析',
      from: { id: 'package', name: 'package' },
    })
  })

  test.each(['ai_algorithm', 'main', 'predict', 'app', 'ai_algorithm (2)'])(
    'from nothing, if only %s is known: the sender is asked',
    async (packageName) => {
      expect(await inspect(plain, {}, packageName)).toMatchObject({
        name: packageName,
        from: { id: 'placeholder', name: 'placeholder' },
        warnings: ['algorithm.name_missing'],
      })
    },
  )

  test('from what was given, then from the title of the existing algorithm, before its docstring', async () => {
    const source = `"""From the code"""\n${plain}`
    expect(await inspect(source, { name: 'Given' })).toMatchObject({ name: 'Given', from: { name: 'given' } })
    const known = { algorithmId: 'a', knownName: 'Known' }
    expect(await inspect(source, known)).toMatchObject({ name: 'Known', from: { name: 'known' } })
  })
})

test('who is asked for a name is told why, in both languages', () => {
  const from = { id: 'placeholder', name: 'placeholder' } as const
  expect(namingWarnings({ id: 'main', name: 'main', about: '', from }).map(({ text }) => text)).toEqual([
    {
      zh: expect.stringMatching(/^没有找到有意义的名称，标识只能是 main；/),
      en: expect.stringMatching(/^No meaningful name was found, so the ID would be main, /),
    },
  ])
})

test.each<[string | null, string | null]>([
  [null, null],
  ['', null],
  ['\n\n   \n', null],
  ['# 标题 #', '标题 #'],
  ['Title\n=====', 'Title'],
  ['=====\nTitle\n=====', 'Title'],
  ['ai_algorithm.py', null],
  ['ai_algorithm.py\nWhat it is', null],
  ['Uses `numpy` for **all**', 'Uses numpy for all'],
  ['Bell\u0007 and\u202e turned', 'Bell and turned'],
  ['人群计数\n统计图片中的人数', '人群计数'],
  ['Counts people.\n\nMore.', 'Counts people'],
  ['Written in C#', 'Written in C#'],
])('the title of the docstring %j is %j', (docstring, title) => {
  expect(readDocstring(docstring)?.title ?? null).toBe(title)
  expect(readDocstring(docstring)?.certain).not.toBe(false)
})

test.each<[string, string]>([
  ['情感分析：判断一条评论是好评还是差评', '情感分析'],
  ['中文情感分析，基于朴素贝叶斯。', '中文情感分析'],
  ['这是一个中文情感分析算法，输入评论，返回正面或负面。', '中文情感分析算法'],
  ['本算法用于检测图片中的行人，并给出数量。', '检测图片中的行人'],
  ['Sentiment - tells whether a review is good or bad', 'Sentiment'],
  [
    'This module implements a sentiment classifier for reviews, trained on films.',
    'Sentiment classifier for reviews',
  ],
  ['A counter of people that looks at pictures from cameras\nand returns how many.', 'Counter of people'],
  ['Reverses every sentence that it is given and adds an exclamation mark', 'Reverses every sentence'],
])('of the sentence %j only its name %j is the title', (docstring, title) => {
  expect(readDocstring(docstring)).toMatchObject({ title, certain: true })
})

test.each<[string, string]>([
  ['长'.repeat(80), `${'长'.repeat(29)}…`],
  ['Given the picture of a street, it finds all the people in it', 'Given the picture of a…'],
  ['Finds the people in a picture of\na street and counts them', 'Finds the people in a…'],
])('the sentence %j without a name in it is no certain title', (docstring, title) => {
  expect(readDocstring(docstring)).toMatchObject({ title, certain: false })
})

test('the sentence in the code becomes the description, and a better known name the title', async () => {
  const source = `"""Given the picture of a street,\nit finds all the people in it.\n\n:param x: a picture\n"""\n${plain}`
  const recognised = async (given: object, packageName: string) =>
    (await recognise(viewOf({ 'code.py': source }), { packageName, ...given })).manifest
  const description = 'Given the picture of a street, it finds all the people in it.'
  expect(await recognised({}, 'street-people')).toMatchObject({ name: 'street-people', description })
  expect(await recognised({ algorithmId: 'street' }, 'main')).toMatchObject({ name: 'street', description })
  expect(await recognised({}, 'main')).toMatchObject({ name: 'Given the picture of a…', description })
  const titled = (
    await recognise(viewOf({ 'code.py': `"""Counts people."""\n${plain}` }), { packageName: 'main' })
  ).manifest
  expect(titled).toMatchObject({ name: 'Counts people', description: '' })
})

test('an archive whose name has no meaning is titled by the ID that was given with it, and without one the sender is asked', async () => {
  const files = { 'algorithm.yaml': 'runtime: python\n', 'ai_algorithm.py': plain }
  const named = async (given: object) =>
    toInspection(await recognise(viewOf(files), { packageName: 'package', ...given }), [], 'en').named_from
  expect(await named({ algorithmId: 'count-people' })).toEqual({ id: 'given', name: 'id' })
  expect(await named({})).toEqual({ id: 'placeholder', name: 'placeholder' })
})

test('names without meaning are recognised in every spelling', () => {
  const names = [
    'AI_Algorithm',
    'ai-algorithm',
    'Main',
    'app 2',
    '',
    ' ',
    'package (1)',
    '新建文件夹 2',
    '算法包',
  ]
  expect(names.map(isPlaceholder)).toEqual(Array(names.length).fill(true))
  expect(['情感分析', 'main-street', 'apple', 'service-1'].map(isPlaceholder)).toEqual(Array(4).fill(false))
})
