import { defineError } from '../../lib/errors.ts'

export const wrongPassword = defineError({
  code: 'auth.wrong_password',
  zh: () => '用户名或密码不正确',
  en: () => 'Wrong user name or password',
})

export const accountDisabled = defineError({
  code: 'auth.disabled',
  zh: () => '该账号已停用，请联系管理员',
  en: () => 'This account is disabled. Ask an administrator',
})

export const tooManyAttempts = defineError<{ retry_after_s: number }>({
  code: 'auth.too_many_attempts',
  zh: ({ retry_after_s }) => `登录失败次数过多，请在 ${retry_after_s} 秒后再试`,
  en: ({ retry_after_s }) => `Too many failed sign-ins; try again in ${retry_after_s} s`,
  headers: ({ retry_after_s }) => ({ 'retry-after': String(retry_after_s) }),
})

export const invalidCredential = defineError({ code: 'auth.invalid_credential' })

export const sessionEnded = defineError({
  code: 'auth.session_ended',
  zh: () => '登录已失效，请重新登录',
  en: () => 'This session has ended. Sign in again',
})

export const sessionNotFound = defineError<{ id: string }>({
  code: 'session.not_found',
  zh: () => '没有这个登录，或者它已经结束',
  en: () => 'There is no such session, or it has ended',
})

export const currentPasswordWrong = defineError<{ path: string }>({
  code: 'auth.current_password_wrong',
  zh: () => '当前密码不正确',
  en: () => 'The current password is wrong',
})

export const peopleOnly = defineError({
  code: 'auth.people_only',
  zh: () => '密码只能由本人登录后修改，不能使用 API 密钥',
  en: () => 'Only a signed-in user can change their own password; an API key cannot',
})

export const setupDone = defineError({
  code: 'setup.done',
  zh: () => '平台已完成初始化，请直接登录',
  en: () => 'The platform is already set up. Sign in',
})

export const setupTokenInvalid = defineError({
  code: 'setup.token_invalid',
  zh: () => '初始化链接无效，请使用启动时打印的最新链接',
  en: () => 'This set-up link is not valid. Use the newest link that was printed at start',
})
