import { describe, expect, test } from 'vitest'
import { describeAsRoot } from '../../../../tests/support/as-root.ts'
import { livingAccounts } from './end-account.ts'
import { jobAccounts, type LentAccount } from './job-accounts.ts'
import { runCommand } from './run-command.ts'

/** One account, so that a test sees whether it was given back. Nothing else on the machine uses the number. */
const block = { first: 2_114_000_000, size: 1 }
const usedUp = { code: 'job.accounts_used_up', status: 503, details: { accounts: 1 } }

const uidOf = async ({ account }: LentAccount) => account?.uid
const fail = async () => {
  throw new Error('damaged picture')
}

/** Starts a process that leaves the session of its starter, as the lent account. */
async function leaveProcess({ account }: LentAccount): Promise<void> {
  const script = 'setsid sleep 600 >/dev/null 2>&1 &'
  const command = { file: '/bin/sh', args: ['-c', script], cwd: '/', env: { PATH: '/usr/bin:/bin' } }
  await runCommand({ ...command, ...(account && { runAs: account }) })
}

describe('without accounts of their own', () => {
  test('jobs get none, as many as there are', async () => {
    const accounts = jobAccounts(null)
    expect(await accounts.lend(() => accounts.lend(uidOf))).toBeUndefined()
  })
})

describeAsRoot('an account for jobs', () => {
  test('is lent again when its job has succeeded', async () => {
    const accounts = jobAccounts(block)
    expect(await accounts.lend(uidOf)).toBe(block.first)
    expect(await accounts.lend(uidOf)).toBe(block.first)
  })

  test('is lent again when its job has failed, and nothing of the job is left', async () => {
    const accounts = jobAccounts(block)
    const failing = accounts.lend(async (lent) => {
      await leaveProcess(lent)
      expect(livingAccounts().has(block.first)).toBe(true)
      return fail()
    })
    await expect(failing).rejects.toThrow('damaged picture')
    expect(livingAccounts().has(block.first)).toBe(false)
    expect(await accounts.lend(uidOf)).toBe(block.first)
  })

  test('is lent again when its job could not even begin', async () => {
    const accounts = jobAccounts(block)
    const failing = accounts.lend(() => {
      throw new Error('no such program')
    })
    await expect(failing).rejects.toThrow('no such program')
    expect(await accounts.lend(uidOf)).toBe(block.first)
  })

  test('is never lent again if what its job has made could not be taken over', async () => {
    const accounts = jobAccounts(block)
    await expect(accounts.lend(uidOf, fail)).rejects.toThrow('damaged picture')
    await expect(accounts.lend(uidOf)).rejects.toMatchObject(usedUp)
  })

  test('is not lent to a second job meanwhile, which is told to come back', async () => {
    const accounts = jobAccounts(block)
    const refused = accounts.lend(() => accounts.lend(uidOf))
    await expect(refused).rejects.toMatchObject({ ...usedUp, headers: { 'retry-after': '10' } })
    expect(await accounts.lend(uidOf)).toBe(block.first)
  })
})
