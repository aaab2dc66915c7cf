import { expect, test } from 'vitest'
import { inputSummary } from './input-summary.ts'
import { inputTitle } from './input-title.ts'

const examples = [{ name: '宇航员', input_data: [{ asset_id: 'a' }] }]

test('a run on a text has the text as its title', () => {
  expect(inputTitle(['第一行\n第二行'], examples)).toEqual({ text: '第一行 第二行' })
})

test('a run on a demo input has that name, any other the number of its elements', () => {
  expect(inputTitle([{ asset_id: 'a' }], examples)).toEqual({ text: '宇航员' })
  expect(inputTitle([{ asset_id: 'a' }, { asset_id: 'b' }], examples)).toEqual({ count: 2 })
  expect(inputTitle([{ asset_id: 'b' }], examples)).toBeNull()
})

test('a long text is cut after 80 characters, never inside one', () => {
  expect(inputSummary(['😀'.repeat(81)])).toBe(`${'😀'.repeat(80)}…`)
  expect(inputSummary(['字'.repeat(80)])).toBe('字'.repeat(80))
})

test('anything but text is written as JSON, and an empty input as an empty text', () => {
  expect(inputSummary([{ a: 1 }])).toBe('{"a":1}')
  expect(inputSummary([])).toBe('')
})
