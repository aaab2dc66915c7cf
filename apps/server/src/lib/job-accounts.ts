import { accountOf, type AccountBlock } from './account-block.ts'
import { endAccount } from './end-account.ts'
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
   * Gives work an account that nothing else uses. Everything of the account has ended when this resolves, and
   * when `after` is called, which takes over what the work has made. It is not called if the work fails.
   */
  lend<T>(
    work: (lent: LentAccount) => Promise<T>,
    after?: (account: RunAs | null) => Promise<void>,
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
    throw new Error(`all ${size} accounts for jobs are in use`)
  }

  return {
    async lend(work, after = async () => undefined) {
      const account = block && take(block)
      const end = async () => (account ? endAccount(account) : undefined)
      const made = await work({ account, end }).finally(end)
      await after(account)
      // If it did not end, or not everything could be taken over, the account is never lent again.
      if (account) lent.delete(account.uid)
      return made
    },
  }
}
