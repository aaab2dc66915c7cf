import { expect, test } from 'vitest'
import { algorithmWords } from './algorithm-words.ts'

const onOff = { on: 'on', off: 'off' }
const words = algorithmWords(
  [
    {
      service_id: 'one',
      name: 'The one',
      manifest: {
        parameters: {
          type: 'object',
          properties: {
            method: { title: 'Method', enum: ['bg', 'hog'], 'x-labels': ['Fast', 'Exact'] },
            faces: { title: 'Faces', type: 'boolean', default: true },
          },
        },
        output: { 'x-name': 'faces', title: 'Faces' },
      },
    },
  ],
  onOff,
)

test('an algorithm, its parameters, their values and its outputs have the algorithm’s own names', () => {
  expect(words.nameOf('one')).toBe('The one')
  expect(words.settingOf('one', 'method', 'hog')).toEqual({ title: 'Method', value: 'Exact' })
  expect(words.titlesOf('one')).toEqual({ faces: 'Faces' })
})

test('switches are on or off, and missing values are the algorithm’s defaults', () => {
  expect(words.settingOf('one', 'faces', false)).toEqual({ title: 'Faces', value: 'off' })
  expect(words.settingOf('one', 'faces', undefined)).toEqual({ title: 'Faces', value: 'on' })
})

test('unknown algorithms and parameters are named by id and key', () => {
  expect(words.nameOf('two')).toBe('two')
  expect(words.settingOf('two', 'top_k', 3)).toEqual({ title: 'top_k', value: '3' })
  expect(words.settingOf('one', 'method', undefined)).toEqual({ title: 'Method', value: '—' })
})

test('the words of one algorithm never change those of another', () => {
  const algorithm = (id: string, title: string, result_words: Record<string, string>) => ({
    service_id: id,
    name: id,
    manifest: { parameters: {}, output: { 'x-name': 'out', title }, result_words },
  })
  const both = algorithmWords(
    [algorithm('river', 'Places', { 银行: 'river bank' }), algorithm('money', 'Firms', { 银行: 'bank' })],
    onOff,
  )
  expect([both.sayOf('river')?.('银行'), both.sayOf('money')?.('银行')]).toEqual(['river bank', 'bank'])
  expect([both.titlesOf('river'), both.titlesOf('money')]).toEqual([{ out: 'Places' }, { out: 'Firms' }])
  expect([both.sayOf('none'), both.titlesOf('none')]).toEqual([undefined, {}])
})
