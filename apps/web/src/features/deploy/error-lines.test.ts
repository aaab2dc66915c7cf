import { expect, test } from 'vitest'
import { errorLines } from './error-lines.ts'

test('the log lines of a failed deploy are found among its details, as texts or as lines of a log', () => {
  expect(errorLines({ step: 'verify', lines: ['a', 'b'] })).toEqual(['a', 'b'])
  expect(errorLines({ log: [{ ts: null, stream: 'stderr', text: 'boom' }], ports: [8001] })).toEqual(['boom'])
  expect(errorLines({ step: 'verify' })).toEqual([])
})
