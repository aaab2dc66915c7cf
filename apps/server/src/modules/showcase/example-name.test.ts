import { expect, test } from 'vitest'
import { exampleName } from './example-name.ts'

const example = { name: {}, input: [], fileName: null, number: 2 }

test('an example has the name that it was given, in the language of the reader if there is one', () => {
  const named = { ...example, name: { zh: '名字' }, input: ['hello world'] }
  expect(exampleName(named, 'zh')).toBe('名字')
  expect(exampleName(named, 'en')).toBe('名字')
})

test('an example without a name is called after the beginning of its text, on one line', () => {
  expect(exampleName({ ...example, input: ['hello\n  world'] }, 'zh')).toBe('hello world')
  expect(exampleName({ ...example, input: ['国'.repeat(40)] }, 'zh')).toBe(`${'国'.repeat(24)}…`)
})

test('an example without a name and text is called after its file, without the ending', () => {
  const input = [{ asset_id: 'a' }]
  expect(exampleName({ ...example, input, fileName: '摄影师.v2.jpg' }, 'en')).toBe('摄影师.v2')
  expect(exampleName({ ...example, input, fileName: 'camera' }, 'en')).toBe('camera')
})

test('an example that has none of these says which one it is', () => {
  expect(exampleName({ ...example, input: [' '] }, 'zh')).toBe('示例 2')
  expect(exampleName({ ...example, input: [{ a: 1 }] }, 'en')).toBe('Example 2')
})
