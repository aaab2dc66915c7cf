import type { Json, Output } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { resultSheets } from './result-sheets.ts'

const texts = { context: { address: () => '' }, element: '元素' }
const answered = (index: number, ...outputs: Output[]) => ({ index, status: 'succeeded' as const, outputs })
const table = (...rows: Json[][]): Output => ({
  name: 'sales',
  kind: 'table',
  data: { columns: [{ name: '地区' }, { name: '数量' }], rows },
})

test('a table and a list of records are sheets with their own columns, and everything else is left', async () => {
  const records: Output = { kind: 'json', data: [{ zone: '华东', ok: true }] }
  const text: Output = { kind: 'text', data: 'three sales' }
  const { sheets, others } = await resultSheets([answered(0, table(['华东', 12]), records, text)], texts)
  expect(sheets).toEqual([
    { head: ['地区', '数量'], rows: [['华东', 12]] },
    { head: ['zone', 'ok'], rows: [['华东', 'true']] },
  ])
  expect(others).toEqual([answered(0, text)])
})

test('the tables of several elements are one sheet, whose rows begin with the number of the element', async () => {
  const error = { code: 'broken', message: 'too dark' }
  const failed = { index: 1, status: 'failed' as const, outputs: [], error }
  const answers = [answered(0, table(['华东', 12])), failed, answered(2, table(['华北', null]))]
  const { sheets, others } = await resultSheets(answers, texts)
  expect(sheets).toEqual([
    {
      head: ['元素', '地区', '数量'],
      rows: [
        [1, '华东', 12],
        [3, '华北', ''],
      ],
    },
  ])
  expect(others).toEqual([failed])
})
