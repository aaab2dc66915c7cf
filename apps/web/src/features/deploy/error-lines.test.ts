import { expect, test } from 'vitest'
import { headline } from '../../shared/headline.ts'
import { errorLines } from './error-lines.ts'

const error = (details: Parameters<typeof errorLines>[0]['details'], message = 'failed') => ({
  message,
  details,
})

test('the log lines of a failed deploy are found in its details, as texts or as log lines', () => {
  expect(errorLines(error({ step: 'verify', lines: ['a', 'b'] }))).toEqual(['a', 'b'])
  expect(errorLines(error({ log: [{ ts: null, stream: 'stderr', text: 'boom' }], ports: [8001] }))).toEqual([
    'boom',
  ])
  expect(errorLines(error({ step: 'verify' }))).toEqual([])
})

test('without log lines the rest of a long message is used', () => {
  const message = '服务启动验证失败：ModuleNotFoundError\nTraceback\n  File "a.py"'
  expect(headline(message)).toBe('服务启动验证失败：ModuleNotFoundError')
  expect(errorLines(error({}, message))).toEqual(['Traceback', '  File "a.py"'])
})
