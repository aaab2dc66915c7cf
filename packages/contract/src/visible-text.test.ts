import { expect, test } from 'vitest'
import { z } from 'zod'
import { branchName } from './endpoints/branch-name.ts'
import { visibleName, visibleText } from './visible-text.ts'

test('characters that change what people see are replaced by their code points, and all others stay', () => {
  expect(visibleText('main\u202egnp.exe')).toBe('main[U+202E]gnp.exe')
  expect(visibleText('a\u001b[31m\u2066b\u2069')).toBe('a[U+001B][31m[U+2066]b[U+2069]')
  const usual = '第一版 · שלום مرحبا 👩‍🔬\n\tnext line'
  expect(visibleText(usual)).toBe(usual)
})

test('neither a name that people give nor a branch has such characters', () => {
  const name = visibleName(z.string())
  for (const text of ['a\u202eb', 'a\nb', 'a\u200fb']) expect(name.safeParse(text).success).toBe(false)
  for (const text of ['人脸 检测 👩‍🔬', 'שלום']) expect(name.safeParse(text).success).toBe(true)
  expect(branchName.safeParse('feature/\u202eniam').success).toBe(false)
  expect(branchName.safeParse('功能/新').success).toBe(true)
})
