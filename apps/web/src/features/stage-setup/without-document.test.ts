import type { ApiOverview } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { withoutDocument } from './without-document.ts'

const missing = (code: 'read' | 'too_slow') => ({ why: 'none' as const, looked_for: [], code })
const operation = (by: 'code' | 'hand'): ApiOverview['operations'][number] => ({
  method: 'POST',
  path: '/x',
  summary: '',
  described_by: by,
})

test('routes of the code are offered only where there are some', () => {
  expect(withoutDocument({ missing: missing('read'), operations: [operation('code')] })).toBe('choose')
  expect(withoutDocument({ missing: missing('read'), operations: [] })).toBe('no_routes')
  expect(withoutDocument({ missing: missing('read'), operations: [operation('hand')] })).toBe('no_routes')
})

test('code that takes too long to read is not said to have no routes', () => {
  expect(withoutDocument({ missing: missing('too_slow'), operations: [] })).toBe('code_too_slow')
})
