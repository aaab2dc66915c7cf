import { expect, test } from 'vitest'
import { freeNumbers } from '../../lib/free-numbers.ts'
import { createServiceAccounts } from './service-accounts.ts'

const block = { first: 100, size: 3 }

/** The stored accounts of services. */
function stored(rows: Record<string, number | null>) {
  const accounts = new Map(Object.entries(rows))
  return {
    accounts: async () =>
      [...accounts].flatMap(([id, account]) => (account === null ? [] : [{ id, account }])),
    account: async (id: string) => accounts.get(id) ?? null,
    giveAccount: async (id: string, account: number) => void accounts.set(id, account),
  }
}

/** What gives these services their accounts. `groups` are numbers of the block that something else has. */
function accountsFor(rows: Record<string, number | null>, groups: readonly number[] = []) {
  const services = stored(rows)
  const accounts = async () => (await services.accounts()).map(({ account }) => account)
  return createServiceAccounts({ services, numbers: freeNumbers(block, [accounts, async () => groups]) })
}

test('services that need an account at the same time get different ones, and keep them', async () => {
  const accountOf = accountsFor({ a: null, b: null })
  const [a, b] = await Promise.all([accountOf('a'), accountOf('b')])
  expect(a).not.toEqual(b)
  expect(a?.uid).toBe(a?.gid)
  expect(await accountOf('a')).toEqual(a)
})

test('an account outside the block is replaced', async () => {
  const accountOf = accountsFor({ a: 7 })
  expect([100, 101, 102]).toContain((await accountOf('a'))?.uid)
})

test('without a block, services run as the platform’s own account', async () => {
  const accountOf = createServiceAccounts({ services: stored({ a: null }), numbers: null })
  expect(await accountOf('a')).toBeNull()
})

test('when all numbers are in use, the next service is refused', async () => {
  const accountOf = accountsFor({ a: 100, b: 101, c: null }, [102])
  await expect(accountOf('c')).rejects.toThrow('in use')
})
