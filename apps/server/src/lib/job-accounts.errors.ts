import { defineError } from './errors.ts'

/** How soon to ask again, in seconds: a job ends within this time or takes minutes. */
const soonS = 10

export const jobAccountsUsedUp = defineError<{ accounts: number }>({
  code: 'job.accounts_used_up',
  zh: ({ accounts }) =>
    `供构建、检出与媒体任务使用的 ${accounts} 个账户都在使用中，请稍后再试；一直如此时，请管理员重启平台，或加大号段（VITRINE_ACCOUNTS）`,
  en: ({ accounts }) =>
    `All ${accounts} accounts for builds, checkouts and media jobs are in use. Try again soon. If it stays so, an administrator can restart the platform, or give it a larger block of accounts (VITRINE_ACCOUNTS)`,
  headers: () => ({ 'retry-after': String(soonS) }),
})
