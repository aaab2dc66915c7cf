import { expect, test } from 'vitest'
import { saidOutput, readOutput } from '../../results/outputs.ts'
import { resultRows } from '../../results/result-rows.ts'
import { kindNamed } from '../registry.ts'
import { sentencesIn } from './sentences.ts'

const texts = { kind: (name: string) => name, cell: (name: string) => name, failed: 'failed' }
const context = { address: () => '' }

test('a list of texts alone is a list of sentences', () => {
  expect(sentencesIn(['你好', 'Hello'])).toEqual(['你好', 'Hello'])
  expect([[], ['a', 1], ['a', null], { 0: 'a' }, 'a', null].map(sentencesIn)).toEqual(Array(6).fill(null))
})

test('sentences are said in the reader’s language, each a row of its own, and make a cover of words', async () => {
  const data = ['人', '车']
  const output = saidOutput(await readOutput({ kind: 'json', data }, 0), (text) =>
    text === '人' ? 'person' : text,
  )
  expect(output).toMatchObject({ show: 'component', shown: ['person', '车'] })
  const rows = await resultRows(
    [{ index: 0, status: 'succeeded', outputs: [{ kind: 'json', data }], error: null }],
    { titles: {}, context },
    texts,
  )
  expect(rows.map((row) => row.filter((cell) => cell !== null))).toEqual([
    [1, 'json', '人'],
    [1, 'json', '车'],
  ])
  const cover = await kindNamed('json')?.cover(data, '路口', context)
  expect(cover?.props).toEqual({
    lines: [
      { name: '', value: '人' },
      { name: '', value: '车' },
    ],
  })
})

test('any other data is said and listed as it was returned', async () => {
  const data = { 人: ['人'] }
  expect(saidOutput(await readOutput({ kind: 'json', data }, 0), () => 'person')).toMatchObject({
    shown: data,
  })
  expect(await kindNamed('json')?.rows(data, context)).toBeNull()
})
