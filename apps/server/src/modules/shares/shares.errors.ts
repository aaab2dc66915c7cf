import { defineError } from '../../lib/errors.ts'

export const shareNotFound = defineError({
  code: 'share.not_found',
  zh: () => '没有这个分享链接，请检查地址是否完整',
  en: () => 'The link was not found. Check that its address is complete',
})

export const shareExpired = defineError({
  code: 'share.expired',
  zh: () => '这个分享链接已过期',
  en: () => 'This link has expired',
})

export const shareRevoked = defineError({
  code: 'share.revoked',
  zh: () => '这个分享链接已停用',
  en: () => 'This link is no longer valid',
})

export const shareUsedUp = defineError({
  code: 'share.used_up',
  zh: () => '这个分享链接的运行次数已用完',
  en: () => 'All runs of this link have been used',
})

export const shareTargetGone = defineError({
  code: 'share.target_gone',
  zh: () => '这个链接展示的内容已不存在',
  en: () => 'The content of this link no longer exists',
})

export const shareLocked = defineError({
  code: 'share.locked',
  zh: () => '请输入密码以打开这个链接',
  en: () => 'Enter the password to open this link',
})

export const sharePasswordWrong = defineError({
  code: 'share.wrong_password',
  zh: () => '密码不正确',
  en: () => 'The password is wrong',
})

export const shareLookOnly = defineError({
  code: 'share.look_only',
  zh: () => '这个链接只供查看，不能运行',
  en: () => 'This link is for viewing only; nothing can be run',
})

export const shareNotReady = defineError({
  code: 'share.not_ready',
  zh: () => '算法暂时不可用，请稍后再试',
  en: () => 'The algorithm is not available now. Try again later',
  headers: () => ({ 'retry-after': '10' }),
})

export const shareTooMany = defineError<{ retry_after_s: number }>({
  code: 'share.too_many_requests',
  zh: ({ retry_after_s }) => `操作过于频繁，请在 ${retry_after_s} 秒后再试`,
  en: ({ retry_after_s }) => `Too many requests; try again in ${retry_after_s} s`,
  headers: ({ retry_after_s }) => ({ 'retry-after': String(retry_after_s) }),
})

export const shareUploadsFull = defineError({
  code: 'share.uploads_full',
  zh: () => '通过这个链接上传的文件已达上限，请联系分享者',
  en: () => 'No more files can be uploaded with this link. Ask the person who sent it',
})

export const shareOnlyStagesRun = defineError<{ path: string }>({
  code: 'share.only_stages_run',
  zh: () => '只有展台的链接可以允许运行',
  en: () => 'Only links to a stage can allow runs',
})

export const shareExpiryPast = defineError<{ path: string }>({
  code: 'share.expiry_past',
  zh: () => '到期时间必须在将来',
  en: () => 'The expiry time must be in the future',
})

export const shareClosed = defineError<{ share_id: string }>({
  code: 'share.closed',
  zh: () => '这个分享链接已停用，不能再修改。请新建一个链接',
  en: () => 'This share link was revoked and cannot be changed. Create a new one',
})

export const ownShareNotFound = defineError<{ share_id: string }>({
  code: 'share.unknown',
  zh: ({ share_id }) => `没有分享 ${share_id}`,
  en: ({ share_id }) => `There is no share ${share_id}`,
})

/** The sentence for a visitor about a run that failed because of the platform, whose own words name services, logs and people. */
export const sharedRunFailed = defineError({
  code: 'share.run_failed',
  zh: () => '运行未完成，请重试',
  en: () => 'The run did not complete. Try again',
})
