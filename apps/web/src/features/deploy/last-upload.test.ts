import { expect, test } from 'vitest'
import { stillNeeded } from './last-upload.ts'

const jieba = { path: 'requirements.txt', lines: ['jieba'] }
const sklearn = { path: 'requirements.txt', lines: ['scikit-learn'] }
const proposing = (...all: (typeof jieba)[]) => ({
  problems: [],
  warnings: all.map((adds) => ({ code: 'package.import', message: 'is missing', adds })),
})

test('lines that were added to the last upload are added to the next one, if its files still need them', () => {
  expect(stillNeeded([jieba, sklearn], proposing(jieba, sklearn))).toEqual([jieba, sklearn])
  expect(stillNeeded([jieba, sklearn], proposing(sklearn))).toEqual([sklearn])
})

test('nothing is added that the person has not added before, nor to another file', () => {
  expect(stillNeeded([jieba], proposing(sklearn))).toEqual([])
  expect(stillNeeded([{ ...jieba, path: 'other.txt' }], proposing(jieba))).toEqual([])
  expect(stillNeeded([], { problems: [], warnings: [{ code: 'x', message: 'y' }] })).toEqual([])
})
