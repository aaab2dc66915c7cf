import { expect, test } from 'vitest'
import { revokeAccess } from './revoke-access.ts'

test('nothing of a deleted service opens its successor: its links end, its keys lose it, and its push rule rests', async () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const ended: unknown[] = []
  const deps = {
    links: { revokeOfStage: async (...link: unknown[]) => void ended.push(['links', ...link]) },
    closeServiceToKeys: async (id: string) => void ended.push(['keys', id]),
    pushRules: { change: async (...rule: unknown[]) => void ended.push(['push rule', ...rule]) },
    clock: () => now,
  }
  await revokeAccess(deps, 'letters')
  expect(ended).toEqual([
    ['links', 'letters', now],
    ['keys', 'letters'],
    ['push rule', 'letters', { enabled: false }],
  ])
})
