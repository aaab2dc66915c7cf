import { expect, test } from 'vitest'
import { createServiceAccounts, freeAccount } from './service-accounts.ts'

const block = { first: 100, size: 3 }

/** The stored accounts of services. */
function stored(rows: Record<string, number | null>) {
  const accounts = new Map(Object.entries(rows))
  return {
    accounts: async () =>
      [...accounts].flatMap(([id, account]) => (account === null ? [] : [{ id, account }])),
    giveAccount: async (id: string, account: number) => void accounts.set(id, account),
  }
}

test.each([
  [0, [], 100],
  [1, [101], 102],
  [2, [102], 100],
])('from place %d, with %j in use, the next free number is %d', (start, used, expected) => {
  expect(freeAccount(block, new Set(used), start)).toBe(expected)
})

test('services that need an account at the same time get different ones, and keep them', async () => {
  const accountOf = createServiceAccounts({ services: stored({ a: null, b: null }), block })
  const [a, b] = await Promise.all([accountOf('a'), accountOf('b')])
  expect(a).not.toEqual(b)
  expect(a?.uid).toBe(a?.gid)
  expect(await accountOf('a')).toEqual(a)
})

test('an account outside the block is replaced', async () => {
  const accountOf = createServiceAccounts({ services: stored({ a: 7 }), block })
  expect([100, 101, 102]).toContain((await accountOf('a'))?.uid)
})

test('without a block, services run as the platform’s own account', async () => {
  const accountOf = createServiceAccounts({ services: stored({ a: null }), block: null })
  expect(await accountOf('a')).toBeNull()
})

test('when all numbers are in use, the next service is refused', async () => {
  const accountOf = createServiceAccounts({ services: stored({ a: 100, b: 101, c: 102, d: null }), block })
  await expect(accountOf('d')).rejects.toThrow('in use')
})
