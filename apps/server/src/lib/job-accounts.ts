import { accountOf, type AccountBlock } from './account-block.ts'
import { endAccount } from './end-account.ts'
import { jobAccountsUsedUp } from './job-accounts.errors.ts'
import type { RunAs } from './run-command.ts'

/** An account that is lent for one job. */
export type LentAccount = {
  /** Null for the platform's own account. */
  account: RunAs | null
  /** Ends every process of the account. Does nothing for the platform's own account. */
  end: () => Promise<void>
}

/** Lends accounts to jobs that run code or read files from outside. */
export type JobAccounts = {
  /**
   * Gives work an account that nothing else uses. When the work is done, everything of the account is ended, and
   * `takeOver` makes what the work has left the platform's. If the work fails, `takeOver` is not called, and the caller
   * removes what was left. An account that could not be ended, or not everything of which could be taken over, is never
   * lent again. Throws `job.accounts_used_up`.
   */
  lend<T>(
    work: (lent: LentAccount) => Promise<T>,
    takeOver?: (account: RunAs | null) => Promise<void>,
  ): Promise<T>
}

/** Lends the accounts of a block, in turn, so that one is not soon used again. Null: no accounts of its own. */
export function jobAccounts(block: AccountBlock | null): JobAccounts {
  const lent = new Set<number>()
  let next = 0

  function take({ first, size }: AccountBlock): RunAs {
    for (let tried = 0; tried < size; tried++) {
      const uid = first + next
      next = (next + 1) % size
      if (lent.has(uid)) continue
      lent.add(uid)
      return accountOf(uid)
    }
    throw jobAccountsUsedUp({ accounts: size })
  }

  return {
    async lend(work, takeOver = async () => undefined) {
      const account = block && take(block)
      const end = async () => (account ? endAccount(account) : undefined)
      const job = (async () => work({ account, end }))()
      const hasSucceeded = await job.then(
        () => true,
        () => false,
      )
      await end()
      if (hasSucceeded) await takeOver(account)
      // Only now is it clean: nothing of it runs, and the platform uses nothing that belongs to it.
      if (account) lent.delete(account.uid)
      return job
    },
  }
}
