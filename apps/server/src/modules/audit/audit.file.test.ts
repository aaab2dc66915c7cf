import { expect, test } from 'vitest'
import type { AuditEntry } from '@vitrine/contract'
import { auditFile } from './audit.file.ts'

const entry: AuditEntry = {
  id: '3f0b6b86-7d0a-4d1e-9a55-6f4fd3f0a001',
  number: 1,
  actor: 'anna',
  actor_id: 'a',
  action: 'POST /config/{key}',
  target: 'custom.a',
  target_name: null,
  details: { values: { reason: 'x;=cmd()\u202e.nimda yb' } },
  request_id: null,
  created_at: '2026-01-02T03:04:05.000Z',
  hash: 'h',
}

async function fileOf(format: 'csv' | 'jsonl'): Promise<string> {
  const audit = {
    async *pieces() {
      yield [entry]
    },
  }
  let text = ''
  for await (const piece of auditFile({ audit }, { format, q: '' })) text += piece
  return text
}

test('what somebody wrote makes no line of the table read as another one, and runs nothing in a spreadsheet', async () => {
  const csv = await fileOf('csv')
  expect(csv).toContain(`x;'=cmd()[U+202E].nimda yb`)
  expect(csv).not.toMatch(/\u202e|;=/)
})

test('the file for programs has what was written', async () => {
  expect(JSON.parse(await fileOf('jsonl'))).toEqual(entry)
})
