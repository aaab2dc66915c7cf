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
  en: ({ retry_after_s }) => `Too many failed sign-ins. Try again in ${retry_after_s} s`,
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

export const codeRequired = defineError({
  code: 'auth.code_required',
  zh: () => '还需要身份验证器里的验证码，或一个恢复码',
  en: () => 'Enter the code from your authenticator app too, or a recovery code',
})

export const wrongCode = defineError<{ path: string }>({
  code: 'auth.wrong_code',
  zh: () => '验证码不正确，或已经用过。请输入身份验证器现在显示的验证码，并确认手机的时间准确',
  en: () =>
    'This code is wrong or has already been used. Enter the code that your app shows now, and check that the clock of your phone is right',
})

export const secondFactorOn = defineError({
  code: 'auth.second_factor_on',
  zh: () => '两步验证已经打开。要换手机，请先关闭再重新设置',
  en: () => 'The second factor is already on. To use another phone, turn it off first and set it up again',
})

export const secondFactorOff = defineError({
  code: 'auth.second_factor_off',
  zh: () => '还没有设置两步验证，请先开始设置',
  en: () => 'You have no second factor yet. Start its set-up first',
})

export const secondFactorOwn = defineError({
  code: 'auth.second_factor_own',
  zh: () => '自己的两步验证请在“我的账号”里用验证码关闭',
  en: () => 'Turn off your own second factor on the page My account, with a code from your app',
})

export const secondFactorUnreadable = defineError({
  code: 'auth.second_factor_unreadable',
  zh: () => '平台读不出两步验证的密钥（加密密钥已更换或丢失）。请使用恢复码，或请管理员重置',
  en: () =>
    'The secret of the second factor cannot be read, because the encryption key was changed or lost. Use a recovery code, or ask an administrator to reset the second factor',
})

export const oidcOff = defineError({
  code: 'oidc.off',
  zh: () => '这个平台没有设置用其他系统的账号登录',
  en: () => 'Signing in with an account of another system is not set up on this platform',
})

export const oidcExpired = defineError({
  code: 'oidc.expired',
  zh: () => '这次登录已经过期，或不是在这个浏览器里开始的，请重新登录',
  en: () => 'This sign-in has expired, or was not begun in this browser. Sign in again',
})

export const oidcRefused = defineError<{ name: string }>({
  code: 'oidc.refused',
  zh: ({ name }) => `${name} 没有确认这次登录，请重新登录；反复出现时请联系管理员`,
  en: ({ name }) =>
    `${name} did not confirm this sign-in. Sign in again. If this happens again, ask an administrator`,
})

export const oidcUnreachable = defineError<{ name: string }>({
  code: 'oidc.unreachable',
  zh: ({ name }) => `连不上 ${name}，请稍后再试，或用密码登录`,
  en: ({ name }) => `${name} does not answer. Try again later, or sign in with a password`,
})

export const oidcNoGroup = defineError<{ name: string }>({
  code: 'oidc.no_group',
  zh: ({ name }) => `${name} 的这个账号不在可以使用本平台的任何一个组里，请联系管理员`,
  en: ({ name }) =>
    `This account of ${name} is in none of the groups that may use this platform. Ask an administrator`,
})

export const oidcRoleMissing = defineError<{ role: string }>({
  code: 'oidc.role_missing',
  zh: ({ role }) => `你所在的组对应角色“${role}”，但平台上没有这个角色，请联系管理员`,
  en: ({ role }) =>
    `Your group gives the role "${role}", which does not exist on this platform. Ask an administrator`,
})

export const oidcNotAdmitted = defineError<{ name: string }>({
  code: 'oidc.not_admitted',
  zh: ({ name }) => `${name} 的这个账号在平台上还没有对应的用户，请联系管理员`,
  en: ({ name }) => `No user on this platform belongs to this account of ${name}. Ask an administrator`,
})
