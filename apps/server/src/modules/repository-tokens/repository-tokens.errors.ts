import { defineError } from '../../lib/errors.ts'

export const tokenNotFound = defineError<{ token_id: string }>({
  code: 'git.token_not_found',
  zh: ({ token_id }) => `这个仓库没有令牌 ${token_id}，它可能已经撤销`,
  en: ({ token_id }) => `This repository has no token ${token_id}; it may have been revoked`,
})

export const tokenExpiryInPast = defineError<{ path: string }>({
  code: 'git.token_expiry_in_past',
  zh: () => '到期时间必须晚于现在',
  en: () => 'The expiry must be in the future',
})

export const tokensTooMany = defineError<{ limit: number }>({
  code: 'git.tokens_too_many',
  zh: ({ limit }) => `一个仓库最多 ${limit} 个令牌：请先撤销不用的`,
  en: ({ limit }) => `A repository has at most ${limit} tokens: revoke those that are not used`,
})
