import { defineError } from '../../lib/errors.ts'

export const inviteNotFound = defineError<{ id: string }>({
  code: 'invite.not_found',
  zh: () => '没有这个邀请',
  en: () => 'There is no such invitation',
})

export const inviteNotValid = defineError({
  code: 'invite.not_valid',
  zh: () => '这个邀请链接无效、已被使用或已过期，请向管理员要一个新的',
  en: () =>
    'This invitation is not valid: it was used, has expired or was revoked. Ask an administrator for another one',
})

export const inviteInPast = defineError<{ path: string }>({
  code: 'invite.expiry_in_past',
  zh: () => '到期时间必须在将来',
  en: () => 'The expiry must be in the future',
})

export const inviteTooManyNames = defineError<{ retry_after_s: number }>({
  code: 'invite.too_many_names',
  zh: ({ retry_after_s }) =>
    `用这个邀请试过太多已被占用的用户名：请在 ${retry_after_s} 秒后再试，或请管理员告知可用的用户名`,
  en: ({ retry_after_s }) =>
    `Too many names that are taken were tried with this invitation. Try again in ${retry_after_s} s, or ask an administrator for a free name`,
  headers: ({ retry_after_s }) => ({ 'retry-after': String(retry_after_s) }),
})
