import { expect, test } from 'vitest'
import type { Json, PredictResponse } from '@vitrine/contract'
import { fileNamesIn, withKeptFiles } from './file-names.ts'

const [one, two] = [`${'1'.repeat(64)}.png`, '2'.repeat(64)]
const result = (...data: Json[]): PredictResponse => ({
  status: 'succeeded',
  predictions: [
    { index: 0, status: 'succeeded', outputs: data.map((each) => ({ kind: 'json', data: each })) },
  ],
  metrics: {},
  logs: '',
})
const run = { id: 'r', service_id: 'echo' }

test('a file is listed once, however often and however deep its address occurs in a result', () => {
  const value = result({ url: `/ai/echo/outputs/${one}` }, [[{ mask: `/ai/echo/outputs/${two}` }]], {
    again: `![drawn](/ai/echo/outputs/${one}) is all.`,
  })
  expect(fileNamesIn(value, 'echo')).toEqual([one, two])
})

test.each([
  ['another service’s', `/ai/other/outputs/${one}`],
  ['one with a name that is too long', `/ai/echo/outputs/${two}0`],
  ['one of another form', '/ai/echo/outputs/picture.png'],
])('an address is not taken for a file’s: %s', (_name, address) => {
  expect(fileNamesIn(result(address), 'echo')).toEqual([])
})

test('stored files get the addresses of the run, and the others keep their own', () => {
  const value = result({ url: `/ai/echo/outputs/${one}` }, `/ai/echo/outputs/${two}`)
  expect(withKeptFiles(value, run, new Set([one]))).toEqual(
    result({ url: `/api/v1/runs/r/files/${one}` }, `/ai/echo/outputs/${two}`),
  )
})
