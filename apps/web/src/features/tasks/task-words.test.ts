import { task } from '@vitrine/contract'
import { expect, test } from 'vitest'
import en from '../../locales/en/tasks.ts'
import zh from '../../locales/zh/tasks.ts'
import { kindWord } from './use-task.ts'

test('every kind of task has a word in both languages', () => {
  const words = task.shape.kind.options.map((kind) => kindWord({ kind }))
  expect(words.filter((word) => !(word in zh.kind))).toEqual([])
  expect(words.filter((word) => !(word in en.kind))).toEqual([])
})
