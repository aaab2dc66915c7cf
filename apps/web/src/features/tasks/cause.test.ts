import { expect, test } from 'vitest'
import { causeOf } from './cause.ts'

const failed = (code: string, details: Parameters<typeof causeOf>[0]['details']) =>
  causeOf({ code, message: '服务启动验证失败：退出码 1\nTraceback', details })

test('a list shows the cause of a failed start, not that it failed', () => {
  for (const code of ['deploy.verification_failed', 'service.start_failed'])
    expect(failed(code, { reason: '退出码 1', lines: ['Traceback'] })).toBe('退出码 1')
})

test('other errors, and those whose details the reader may not see, keep their sentence', () => {
  expect(failed('deploy.verification_failed', {})).toMatch(/^服务启动验证失败/)
  expect(failed('deploy.golden_failed', { reason: '退出码 1' })).toMatch(/^服务启动验证失败/)
})
