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
