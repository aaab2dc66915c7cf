import { expect, test } from 'vitest'
import { inputSummary } from './input-summary.ts'
import { inputTitle } from './input-title.ts'

const examples = [{ name: '宇航员', input_data: [{ asset_id: 'a' }] }]

test('a run on a text is called by the text', () => {
  expect(inputTitle(['第一行\n第二行'], examples)).toEqual({ text: '第一行 第二行' })
})

test('a run on a demo input is called by its name, any other by how much it was', () => {
  expect(inputTitle([{ asset_id: 'a' }], examples)).toEqual({ text: '宇航员' })
  expect(inputTitle([{ asset_id: 'a' }, { asset_id: 'b' }], examples)).toEqual({ count: 2 })
  expect(inputTitle([{ asset_id: 'b' }], examples)).toBeNull()
})

test('a long text is cut after 80 characters, never within one', () => {
  expect(inputSummary(['😀'.repeat(81)])).toBe(`${'😀'.repeat(80)}…`)
  expect(inputSummary(['字'.repeat(80)])).toBe('字'.repeat(80))
})

test('what is no text is written as JSON, and nothing as nothing', () => {
  expect(inputSummary([{ a: 1 }])).toBe('{"a":1}')
  expect(inputSummary([])).toBe('')
})
