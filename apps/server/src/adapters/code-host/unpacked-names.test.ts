import { expect, test } from 'vitest'
import { staysInFolder } from './unpacked-names.ts'

test.each([
  'ai_algorithm.py',
  '模型/权重.bin',
  'a b/c-d.txt',
  '.gitignore',
  'a/..b/c..',
  'time/12:30.log',
  'aux.py',
])('%s is unpacked below its folder everywhere', (path) => {
  expect(staysInFolder(path)).toBe(true)
})

test.each([
  '..\\..\\evil',
  'a\\b',
  '\\\\server\\share',
  'C:x',
  'a/c:/windows',
  '../evil',
  'a/../../evil',
  'a/.. /evil',
  '/etc/passwd',
  'a//b',
  'bell\u0007',
  'line\nbreak',
  'c1\u0085',
])('%j could be unpacked elsewhere', (path) => {
  expect(staysInFolder(path)).toBe(false)
})
